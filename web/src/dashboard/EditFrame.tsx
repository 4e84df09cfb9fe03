// The handles of a panel that is edited: dragging the bar moves it, the corner resizes it; with the keyboard, arrows do (Shift resizes).
import { useRef, useState } from 'react';
import type { GridPos, Panel } from './model';

export function EditFrame({ panel, column, row, onPlace }: { panel: Panel; column: number; row: number; onPlace: (pos: GridPos) => void }) {
  const start = useRef<{ x: number; y: number; resize: boolean } | null>(null);
  const [ghost, setGhost] = useState<GridPos | null>(null);
  const pos = panel.gridPos;
  const moved = (event: React.PointerEvent): GridPos => {
    const { x, y, resize } = start.current!;
    const [dx, dy] = [Math.round((event.clientX - x) / column), Math.round((event.clientY - y) / row)];
    return resize ? { ...pos, w: Math.max(2, Math.min(24 - pos.x, pos.w + dx)), h: Math.max(2, pos.h + dy) } : { ...pos, x: Math.max(0, Math.min(24 - pos.w, pos.x + dx)), y: Math.max(0, pos.y + dy) };
  };
  const handle = (resize: boolean) => ({
    onPointerDown: (event: React.PointerEvent) => {
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, y: event.clientY, resize };
      setGhost(pos);
    },
    onPointerMove: (event: React.PointerEvent) => start.current && setGhost(moved(event)),
    onPointerUp: (event: React.PointerEvent) => {
      if (!start.current) return;
      const to = moved(event);
      start.current = null;
      setGhost(null);
      if (JSON.stringify(to) !== JSON.stringify(pos)) onPlace(to);
    },
    onPointerCancel: () => {
      start.current = null;
      setGhost(null);
    },
  });
  const onKey = (event: React.KeyboardEvent) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    onPlace(event.shiftKey ? { ...pos, w: Math.max(2, pos.w + step[0]!), h: Math.max(2, pos.h + step[1]!) } : { ...pos, x: pos.x + step[0]!, y: pos.y + step[1]! });
  };
  return (
    <>
      <button className="edit-move" aria-label={`Move ${panel.title || 'panel'}: drag, or arrow keys; Shift resizes`} onKeyDown={onKey} {...handle(false)} />
      <span className="edit-size" aria-hidden="true" {...handle(true)} />
      {ghost && <div className="edit-ghost" style={{ left: (ghost.x - pos.x) * column, top: (ghost.y - pos.y) * row, width: ghost.w * column - 10, height: ghost.h * row - 10 }} />}
    </>
  );
}
