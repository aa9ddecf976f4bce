import { svg, type TemplateResult } from "lit";

const icon = (paths: TemplateResult): TemplateResult =>
  svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

/** The page's icons; all are decoration, their buttons carry the names. */
export const icons = {
  spark: icon(svg`<path d="M5 12c4 0 7-3 7-7 0 4 3 7 7 7-4 0-7 3-7 7 0-4-3-7-7-7z" />`),
  sidebar: icon(
    svg`<rect x="3.5" y="4.5" width="17" height="15" rx="3" /><path d="M9.5 4.5v15" />`,
  ),
  menu: icon(svg`<path d="M4 8h16M4 16h10" />`),
  plus: icon(svg`<path d="M12 5v14M5 12h14" />`),
  more: icon(svg`<path d="M6 12h.01M12 12h.01M18 12h.01" stroke-width="2.6" />`),
  pin: icon(svg`<path d="M9 4h6l-1 6 3 3H7l3-3zM12 13v7" />`),
  pencil: icon(svg`<path d="m5 19 1-4L16 5l3 3L9 18zM14 7l3 3" />`),
  bin: icon(
    svg`<path d="M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.300 11v5M13.700 11v5" />`,
  ),
  gear: icon(
    svg`<circle cx="12" cy="12" r="3" /><path d="M12 3.500v3M12 17.500v3M3.500 12h3M17.500 12h3M6 6l2.100 2.100M15.900 15.900 18 18M18 6l-2.100 2.100M8.100 15.900 6 18" />`,
  ),
  copy: icon(
    svg`<rect x="8.500" y="8.500" width="11" height="11" rx="2.500" /><path d="M15.500 8.500v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2" />`,
  ),
  check: icon(svg`<path d="m5 12.500 4.500 4.500L19 7.500" />`),
  again: icon(svg`<path d="M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 4v4h-4" />`),
  onward: icon(svg`<path d="M5 6v12M9.500 7l9 5-9 5z" />`),
  info: icon(svg`<circle cx="12" cy="12" r="8.200" /><path d="M12 11v5M12 8h.01" />`),
  previous: icon(svg`<path d="m14 7-5 5 5 5" />`),
  next: icon(svg`<path d="m10 7 5 5-5 5" />`),
  up: icon(svg`<path d="M12 19V5m0 0-6 6m6-6 6 6" />`),
  down: icon(svg`<path d="M12 5v14m0 0 6-6m-6 6-6-6" />`),
  open: icon(svg`<path d="m7 10 5 5 5-5" />`),
  close: icon(svg`<path d="m6.500 6.500 11 11M17.500 6.500l-11 11" />`),
  image: icon(
    svg`<rect x="4" y="5" width="16" height="14" rx="2.500" /><path d="m5 17 4.500-4.500 3 3 2.500-2.500 4 4" /><circle cx="9" cy="9.500" r="1" />`,
  ),
  alert: icon(svg`<path d="M12 4.500 3.500 19h17zM12 10v4.500M12 16.800h.01" />`),
  undo: icon(svg`<path d="M8.500 5 4.500 9l4 4M5 9h9a5 5 0 0 1 0 10h-4" />`),
} satisfies Record<string, TemplateResult>;
