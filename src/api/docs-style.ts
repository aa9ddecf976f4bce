/** The style of the documentation page, light and dark. */
export const DOCS_STYLE = `:root {
  color-scheme: light dark;
  --ground: light-dark(#fbfaf8, #17181a);
  --raised: light-dark(#ffffff, #1f2123);
  --text: light-dark(#1d1c1a, #ecebe8);
  --soft: light-dark(#5f5c56, #a5a29b);
  --line: light-dark(#e2dfd8, #35373a);
  --accent: light-dark(#1a5fb4, #8ab8f0);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  display: grid;
  grid-template-columns: minmax(0, 20rem) minmax(0, 1fr);
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif;
}
nav {
  position: sticky;
  top: 0;
  height: 100vh;
  overflow: auto;
  padding: 1.5rem 1rem;
  border-right: 1px solid var(--line);
  font-size: 0.8125rem;
}
nav h2 { margin: 1rem 0 0.25rem; font-size: 0.8125rem; color: var(--soft); }
nav ul { margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: 0.2rem 0; overflow-wrap: anywhere; text-decoration: none; }
nav b { font-size: 0.6875rem; color: var(--soft); }
main { max-width: 60rem; padding: 1.5rem 2rem 6rem; }
a { color: var(--accent); }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
h1 { font-size: 1.75rem; line-height: 1.2; }
section { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
section h2 { font-size: 1.125rem; }
section h2 b { color: var(--accent); }
h3 { margin: 1.25rem 0 0.25rem; font-size: 0.875rem; color: var(--soft); }
:target { scroll-margin-top: 1rem; background: color-mix(in srgb, var(--accent) 8%, transparent); }
code, pre { font: 0.8125rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre {
  margin: 0;
  padding: 0.75rem 1rem;
  overflow-x: auto;
  background: var(--raised);
  border: 1px solid var(--line);
  border-radius: 0.5rem;
}
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { padding: 0.375rem 0.75rem 0.375rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
@media (max-width: 50rem) {
  body { display: block; }
  nav { position: static; height: auto; border: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1rem; }
}
`;
