// The few icons that the pages need, drawn with one stroke width.
const paths = {
  overview: 'M3 3h8v6H3zM13 3h8v10h-8zM3 11h8v10H3zM13 15h8v6h-8z',
  processes: 'M4 6h16M4 12h16M4 18h10M18 16v4M16 18h4',
  dashboards: 'M4 20V10M10 20V4M16 20v-7M21 20H3',
  metrics: 'M3 17l5-7 4 4 6-9 3 4M3 21h18',
  logs: 'M5 4h14M5 9h14M5 14h9M5 19h6',
  traces: 'M3 5h10M7 11h12M10 17h6',
  status: 'M3 12h4l3-8 4 16 3-8h4',
  refresh: 'M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7',
  chevron: 'M6 9l6 6 6-6',
  left: 'M15 6l-6 6 6 6',
  right: 'M9 6l6 6-6 6',
  zoomOut: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4M8 11h6',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4',
  moon: 'M20 14a8 8 0 1 1-9.5-10A6.5 6.5 0 0 0 20 14z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 3',
  warn: 'M12 3l10 18H2zM12 10v5M12 17.5v.5',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.5v.5',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  play: 'M7 4l13 8-13 8z',
  pause: 'M8 5v14M16 5v14',
  check: 'M5 12l5 5 9-11',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  full: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  logout: 'M10 4H5v16h5M15 8l4 4-4 4M19 12H9',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  quality: 'M12 3l7.5 3v5.5c0 4.6-3 7.9-7.5 9.5-4.5-1.6-7.5-4.9-7.5-9.5V6zM8.8 11.8l2.3 2.3 4.2-4.4',
  compare: 'M8 4v16M16 4v16M4 8h4M4 14h4M16 10h4M16 16h4',
  flame: 'M3 5h18v4H3zM3 11h12v4H3zM3 17h7v4H3z',
  list: 'M4 6h16M4 12h16M4 18h16',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  copy: 'M9 9h11v11H9zM15 5V4H4v11h1',
  wrap: 'M4 6h16M4 12h13a3 3 0 0 1 0 6h-4M15 15l-3 3 3 3M4 18h4',
} as const;
export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" style={{ flex: 'none' }}>
      <path d={paths[name]} />
    </svg>
  );
}
