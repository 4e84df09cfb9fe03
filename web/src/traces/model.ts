// A trace as the pages draw it: spans in one list with times as milliseconds from the first start, and the tree that their parents make.
import type { OtlpAttribute, OtlpValue, TraceAnswer } from '../api/tempo';

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };
export type Bag = Record<string, Plain>;

export interface TraceEvent {
  /** From the trace's start. */
  atMs: number;
  name: string;
  attributes: Bag;
}
export interface SpanLink {
  trace: string;
  span: string;
  attributes: Bag;
}
export interface Span {
  id: string;
  parent: string;
  service: string;
  name: string;
  kind: string;
  isError: boolean;
  statusMessage: string;
  /** From the trace's start. */
  startMs: number;
  durationMs: number;
  attributes: Bag;
  resource: Bag;
  scope: string;
  events: TraceEvent[];
  links: SpanLink[];
}
export interface Trace {
  id: string;
  /** Unix milliseconds, with a fraction. */
  startMs: number;
  /** Unix nanoseconds of the start. */
  startNs: bigint;
  durationMs: number;
  /** In the order of the tree: a parent before its children, siblings by start. */
  spans: Span[];
  /** Of each span: how many parents stand above it. */
  depth: number[];
  /** Of each span: the index of its parent, -1 for roots. */
  parents: number[];
  /** Of each span: the index behind its last descendant. */
  ends: number[];
  byId: Map<string, number>;
  /** In the order in which they first come. */
  services: string[];
  errors: number;
  /** Spans whose parent is not in the trace. */
  orphans: number;
}

/** Ids come as base64, as Tempo writes them, or as hex. */
export function hexId(text: string | undefined, bytes: number): string {
  if (!text) return '';
  if (text.length === bytes * 2 && /^[0-9a-fA-F]+$/.test(text)) return text.toLowerCase();
  try {
    let out = '';
    for (const one of atob(text)) out += one.charCodeAt(0).toString(16).padStart(2, '0');
    return /^0*$/.test(out) ? '' : out;
  } catch {
    return '';
  }
}

export function plainOf(value: OtlpValue | undefined): Plain {
  if (!value) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  // Beyond 2^53 a number would lose digits.
  if (value.intValue !== undefined) return Number.isSafeInteger(Number(value.intValue)) ? Number(value.intValue) : String(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plainOf);
  if (value.kvlistValue) return bagOf(value.kvlistValue.values);
  return null;
}
export const bagOf = (attributes: OtlpAttribute[] | undefined): Bag => Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, plainOf(value)]));
export const plainText = (value: Plain | undefined): string => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

const nsOf = (text: string): bigint => {
  try {
    return BigInt(text);
  } catch {
    return 0n;
  }
};
const kindOf = (kind: string | undefined) => (kind ?? '').replace('SPAN_KIND_', '').toLowerCase().replace('unspecified', '');

/** undefined when the answer has no span. A span that comes twice counts once; cycles are broken at their earliest span. */
export function readTrace(answer: TraceAnswer): Trace | undefined {
  const found: { span: Span; startNs: bigint }[] = [];
  const seen = new Set<string>();
  let firstNs: bigint | undefined;
  let traceId = '';
  for (const { resource, scopeSpans } of answer.trace.resourceSpans ?? []) {
    const bag = bagOf(resource?.attributes);
    const service = plainText(bag['service.name']) || 'unknown service';
    for (const { scope, spans } of scopeSpans ?? [])
      for (const one of spans ?? []) {
        const id = hexId(one.spanId, 8);
        if (!id || seen.has(id)) continue;
        seen.add(id);
        traceId ||= hexId(one.traceId, 16);
        const startNs = nsOf(one.startTimeUnixNano);
        const endNs = nsOf(one.endTimeUnixNano);
        if (firstNs === undefined || startNs < firstNs) firstNs = startNs;
        const after = (text: string) => Number(nsOf(text) - startNs) / 1e6;
        found.push({
          startNs,
          span: {
            id, parent: hexId(one.parentSpanId, 8), service, name: one.name, kind: kindOf(one.kind), isError: one.status?.code === 'STATUS_CODE_ERROR', statusMessage: one.status?.message ?? '', startMs: 0,
            durationMs: endNs > startNs ? Number(endNs - startNs) / 1e6 : 0, attributes: bagOf(one.attributes), resource: bag, scope: [scope?.name, scope?.version].filter(Boolean).join(' '),
            events: (one.events ?? []).map((event) => ({ atMs: after(event.timeUnixNano), name: event.name, attributes: bagOf(event.attributes) })),
            links: (one.links ?? []).map((link) => ({ trace: hexId(link.traceId, 16), span: hexId(link.spanId, 8), attributes: bagOf(link.attributes) })),
          },
        });
      }
  }
  if (firstNs === undefined) return undefined;
  for (const { span, startNs } of found) {
    span.startMs = Number(startNs - firstNs) / 1e6;
    for (const event of span.events) event.atMs += span.startMs;
  }
  return { id: traceId, startNs: firstNs, startMs: Number(firstNs / 1000n) / 1000, ...treeOf(found.map((one) => one.span)) };
}

type Tree = Omit<Trace, 'id' | 'startMs' | 'startNs'>;

export function treeOf(unordered: Span[]): Tree {
  const at = new Map(unordered.map((span, i) => [span.id, i]));
  const byStart = (a: number, b: number) => unordered[a]!.startMs - unordered[b]!.startMs || unordered[b]!.durationMs - unordered[a]!.durationMs || a - b;
  const children: number[][] = unordered.map(() => []);
  const roots: number[] = [];
  let orphans = 0;
  unordered.forEach((span, i) => {
    const parent = span.parent && span.parent !== span.id ? at.get(span.parent) : undefined;
    if (parent !== undefined) children[parent]!.push(i);
    else {
      roots.push(i);
      if (span.parent) ++orphans;
    }
  });
  const out: Tree = { durationMs: 0, spans: [], depth: [], parents: [], ends: [], byId: new Map(), services: [], errors: 0, orphans };
  const placed = new Uint8Array(unordered.length);
  // A stack of our own: traces may be deeper than the engine's.
  const place = (root: number) => {
    const stack: { node: number; parent: number; depth: number }[] = [{ node: root, parent: -1, depth: 0 }];
    const open: { index: number; depth: number }[] = [];
    while (stack.length) {
      const { node, parent, depth } = stack.pop()!;
      if (placed[node]) continue;
      placed[node] = 1;
      while (open.length && open[open.length - 1]!.depth >= depth) out.ends[open.pop()!.index] = out.spans.length;
      const index = out.spans.length;
      open.push({ index, depth });
      out.spans.push(unordered[node]!);
      out.depth.push(depth);
      out.parents.push(parent);
      out.ends.push(index + 1);
      const below = children[node]!.filter((one) => !placed[one]).sort(byStart);
      for (let i = below.length - 1; i >= 0; --i) stack.push({ node: below[i]!, parent: index, depth: depth + 1 });
    }
    for (const { index } of open) out.ends[index] = out.spans.length;
  };
  roots.sort(byStart).forEach(place);
  // What is left are cycles: their earliest span is taken for the root.
  const left = unordered.map((_, i) => i).filter((i) => !placed[i]).sort(byStart);
  for (const one of left) if (!placed[one]) place(one);
  const services = new Set<string>();
  out.spans.forEach((span, i) => {
    out.byId.set(span.id, i);
    services.add(span.service);
    if (span.isError) ++out.errors;
    out.durationMs = Math.max(out.durationMs, span.startMs + span.durationMs);
  });
  out.services = [...services];
  return out;
}

/** The indices of a span's children. */
export function childrenOf(trace: Pick<Tree, 'ends'>, index: number): number[] {
  const out: number[] = [];
  for (let i = index + 1; i < trace.ends[index]!; i = trace.ends[i]!) out.push(i);
  return out;
}
