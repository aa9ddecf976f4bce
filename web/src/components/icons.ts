import { svg, type TemplateResult } from "lit";

const icon = (paths: TemplateResult): TemplateResult =>
  svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

/** One that points along the line: mirrored where one writes from right to left. */
const along = (paths: TemplateResult): TemplateResult =>
  svg`<svg class="icon along" viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

/** The page's icons; all are decoration, their buttons carry the names. */
export const icons = {
  spark: icon(svg`<path d="M5 12c4 0 7-3 7-7 0 4 3 7 7 7-4 0-7 3-7 7 0-4-3-7-7-7z" />`),
  sidebar: along(
    svg`<rect x="3.5" y="4.5" width="17" height="15" rx="3" /><path d="M9.5 4.5v15" />`,
  ),
  menu: along(svg`<path d="M4 8h16M4 16h10" />`),
  plus: icon(svg`<path d="M12 5v14M5 12h14" />`),
  more: icon(svg`<path d="M6 12h.01M12 12h.01M18 12h.01" stroke-width="2.6" />`),
  pin: icon(svg`<path d="M9 4h6l-1 6 3 3H7l3-3zM12 13v7" />`),
  pencil: icon(svg`<path d="m5 19 1-4L16 5l3 3L9 18zM14 7l3 3" />`),
  share: icon(svg`<path d="M12 15V4m0 0L8 8m4-4 4 4M5 14v4a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-4" />`),
  save: icon(svg`<path d="M12 4v11m0 0 4-4m-4 4-4-4M5 17v1a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-1" />`),
  bringIn: icon(
    svg`<path d="M12 4v10m0 0 3.500-3.500M12 14l-3.500-3.500M4.500 12.500V17a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-4.500" />`,
  ),
  search: icon(svg`<circle cx="11" cy="11" r="6.500" /><path d="m20 20-4.200-4.200" />`),
  link: icon(
    svg`<path d="M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700L12 6.300M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1" />`,
  ),
  bin: icon(
    svg`<path d="M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.300 11v5M13.700 11v5" />`,
  ),
  sliders: icon(
    svg`<path d="M4 8h9m5 0h2M4 16h2m5 0h9" /><circle cx="15.500" cy="8" r="2.200" /><circle cx="8.500" cy="16" r="2.200" />`,
  ),
  cloudOff: icon(
    svg`<path d="M8.500 7.200A5 5 0 0 1 17 10.500a3.700 3.700 0 0 1 2.600 6M6.600 10.400A4 4 0 0 0 7.500 18.500h9M4 4.500l16 16" />`,
  ),
  leave: along(
    svg`<path d="M13 4.500H7a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h6M10.500 12h9m0 0-3.500-3.500m3.500 3.500-3.500 3.500" />`,
  ),
  gear: icon(
    svg`<circle cx="12" cy="12" r="3" /><path d="M12 3.500v3M12 17.500v3M3.500 12h3M17.500 12h3M6 6l2.100 2.100M15.900 15.900 18 18M18 6l-2.100 2.100M8.100 15.900 6 18" />`,
  ),
  copy: icon(
    svg`<rect x="8.500" y="8.500" width="11" height="11" rx="2.500" /><path d="M15.500 8.500v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2" />`,
  ),
  wrap: icon(
    svg`<path d="M4 6h16M4 12h13a3 3 0 0 1 0 6h-4m0 0 2.500-2.500M13 18l2.500 2.500M4 18h4" />`,
  ),
  good: icon(
    svg`<path d="M7 11v8H4v-8zM7 11l4-7c1.500 0 2.300 1 2 2.500L12.500 10H18a2 2 0 0 1 2 2.400l-1.200 5A2 2 0 0 1 17 19H7" />`,
  ),
  bad: icon(
    svg`<path d="M7 13V5H4v8zM7 13l4 7c1.500 0 2.300-1 2-2.500L12.500 14H18a2 2 0 0 0 2-2.400l-1.200-5A2 2 0 0 0 17 5H7" />`,
  ),
  check: icon(svg`<path d="m5 12.500 4.500 4.500L19 7.500" />`),
  again: icon(svg`<path d="M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 4v4h-4" />`),
  onward: along(svg`<path d="M5 6v12M9.500 7l9 5-9 5z" />`),
  info: icon(svg`<circle cx="12" cy="12" r="8.200" /><path d="M12 11v5M12 8h.01" />`),
  previous: along(svg`<path d="m14 7-5 5 5 5" />`),
  next: along(svg`<path d="m10 7 5 5-5 5" />`),
  up: icon(svg`<path d="M12 19V5m0 0-6 6m6-6 6 6" />`),
  down: icon(svg`<path d="M12 5v14m0 0 6-6m-6 6-6-6" />`),
  open: icon(svg`<path d="m7 10 5 5 5-5" />`),
  close: icon(svg`<path d="m6.500 6.500 11 11M17.500 6.500l-11 11" />`),
  image: icon(
    svg`<rect x="4" y="5" width="16" height="14" rx="2.500" /><path d="m5 17 4.500-4.500 3 3 2.500-2.500 4 4" /><circle cx="9" cy="9.500" r="1" />`,
  ),
  alert: icon(svg`<path d="M12 4.500 3.500 19h17zM12 10v4.500M12 16.800h.01" />`),
  undo: along(svg`<path d="M8.500 5 4.500 9l4 4M5 9h9a5 5 0 0 1 0 10h-4" />`),
  keyboard: icon(
    svg`<rect x="3" y="6.500" width="18" height="11" rx="2.500" /><path d="M7 10h.01M10.300 10h.01M13.700 10h.01M17 10h.01M8.500 14h7" />`,
  ),
} satisfies Record<string, TemplateResult>;
