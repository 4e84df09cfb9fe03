// A live tail: lines come in by WebSocket, are put into the list once a frame, and the oldest leave when it is full.
import { useEffect, useRef, useState } from 'react';
import { tail, type LogLine } from '../api/loki';

export const tailLinesMax = 5000;
const retryMs = 3000;

export interface Tail {
  lines: LogLine[];
  state: 'off' | 'connecting' | 'open' | 'lost';
  why: string;
  dropped: number;
}
const nothing: Tail = { lines: [], state: 'off', why: '', dropped: 0 };

export function useTail(query: string | null): Tail {
  const [shown, setShown] = useState<Tail>(nothing);
  const waiting = useRef<LogLine[]>([]);
  useEffect(() => {
    if (query === null) {
      setShown(nothing);
      return undefined;
    }
    let stop = () => {};
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    setShown({ ...nothing, state: 'connecting' });
    const flush = () => {
      frame = 0;
      const fresh = waiting.current;
      waiting.current = [];
      setShown((old) => {
        const all = [...old.lines, ...fresh];
        const over = Math.max(0, all.length - tailLinesMax);
        return { ...old, lines: over ? all.slice(over) : all, dropped: old.dropped + over };
      });
    };
    const connect = () => {
      stop = tail(
        query,
        (lines) => {
          waiting.current.push(...lines);
          if (!frame) frame = requestAnimationFrame(flush);
        },
        (state, why = '') => {
          if (ended) return;
          setShown((old) => ({ ...old, state: state === 'open' ? 'open' : 'lost', why }));
          if (state === 'closed') timer = setTimeout(connect, retryMs);
        },
      );
    };
    connect();
    return () => {
      ended = true;
      stop();
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      waiting.current = [];
    };
  }, [query]);
  return shown;
}
