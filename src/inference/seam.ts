/**
 * Joins a continuation to a text whose trailing white space the server did not see: drops from the
 * pieces that come what repeats it. Give it each piece in order; it gives what is left of it.
 */
export function createSpaceSeam(trailing: string): (piece: string) => string {
  let expected = trailing;
  return (piece) => {
    let common = 0;
    while (
      common < piece.length &&
      common < expected.length &&
      piece[common] === expected[common]
    ) {
      common += 1;
    }
    expected = common === piece.length ? expected.slice(common) : "";
    return piece.slice(common);
  };
}
