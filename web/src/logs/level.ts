// The level of a line: its label where it has one, else what the line itself says near its start.

export type Level = 'error' | 'warn' | 'info' | 'debug' | 'unknown';

const words: [RegExp, Level][] = [
  [/^(emerg|fatal|alert|crit|critical|err|error|eror)$/i, 'error'], [/^(warn|warning)$/i, 'warn'], [/^(info|information|notice|informational)$/i, 'info'], [/^(debug|dbg|trace|verbose)$/i, 'debug'],
];
const inLine = /\b(FATAL|CRITICAL|ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE)\b|"level"\s*:\s*"(\w+)"|\blevel=(\w+)/;

export function levelOf(line: string, labels: Record<string, string>): Level {
  const found = labels.detected_level || labels.level || labels.severity || (() => {
    const match = inLine.exec(line.slice(0, 300));
    return match ? (match[1] ?? match[2] ?? match[3]) : undefined;
  })();
  if (!found) return 'unknown';
  return words.find(([word]) => word.test(found))?.[1] ?? 'unknown';
}
