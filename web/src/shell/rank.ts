// What a few letters mean: every word has to occur; starts of words and short names come first.

export interface Found {
  kind: 'page' | 'dashboard' | 'process' | 'metric';
  name: string;
  detail: string;
  href: string;
}
const kinds: Record<Found['kind'], number> = { page: 0, dashboard: 1, process: 2, metric: 3 };

export function rank(things: Found[], text: string): Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const scored: { one: Found; score: number }[] = [];
  for (const one of things) {
    const name = one.name.toLowerCase();
    const detail = one.detail.toLowerCase();
    let score = kinds[one.kind] * 2 + name.length / 100;
    let fits = true;
    for (const word of words) {
      const at = name.indexOf(word);
      if (at < 0 && !detail.includes(word)) {
        fits = false;
        break;
      }
      score += at === 0 ? 0 : at > 0 ? (/[^a-z0-9]/.test(name[at - 1]!) ? 4 : 8) : 16;
    }
    if (fits) scored.push({ one, score });
  }
  return scored.sort((a, b) => a.score - b.score || a.one.name.localeCompare(b.one.name)).map(({ one }) => one);
}
