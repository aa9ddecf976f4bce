/** Where the last whole sentence after `from` ends. */
export function sentencesEnd(text: string, from: number): number {
  const ends = /[.!?؟۔](?=\s)|[。！？]|\n/g;
  ends.lastIndex = from;
  let end = from;
  for (let match = ends.exec(text); match; match = ends.exec(text)) end = ends.lastIndex;
  return end;
}
