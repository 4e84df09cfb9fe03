// Text panels: the part of Markdown that dashboards use (headings, lists, emphasis, code, links). Never HTML: tags are shown as text.
import type { ReactNode } from 'react';
import { interpolate } from '../interpolate';
import type { PanelProps } from '../PanelBody';
import { textOf } from './options';

const inline = /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*(.+?)\*/g;

export function inlineMarkdown(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  let at = 0;
  for (const found of text.matchAll(inline)) {
    out.push(text.slice(at, found.index));
    at = found.index + found[0].length;
    const [, bold, code, label, url, italic] = found;
    const safe = url && /^(https?:|\/|#)/.test(url);
    out.push(bold ? <strong key={at}>{bold}</strong> : code ? <code key={at} className="code">{code}</code> : label ? (safe ? <a key={at} href={url} rel="noreferrer">{label}</a> : label) : <em key={at}>{italic}</em>);
  }
  out.push(text.slice(at));
  return out;
}

export default function TextPanel({ panel, values }: PanelProps) {
  const content = interpolate(textOf(panel.options.content, ''), values, true);
  const mode = textOf(panel.options.mode, 'markdown');
  if (mode === 'code') return <pre className="text-panel">{content}</pre>;
  return (
    <div className="text-panel" tabIndex={0} role="group" aria-label={panel.title || 'Text'}>
      {mode === 'html' && <p className="dim">HTML is shown as text here:</p>}
      {content.split(/\n{2,}/).map((block, i) => {
        const heading = /^(#{1,6})\s+(.*)/.exec(block);
        if (heading) return <h3 key={i}>{inlineMarkdown(heading[2]!)}</h3>;
        const lines = block.split('\n');
        if (lines.every((line) => /^\s*([-*]|\d+\.)\s+/.test(line))) return <ul key={i}>{lines.map((line, j) => <li key={j}>{inlineMarkdown(line.replace(/^\s*([-*]|\d+\.)\s+/, ''))}</li>)}</ul>;
        return <p key={i}>{inlineMarkdown(block)}</p>;
      })}
    </div>
  );
}
