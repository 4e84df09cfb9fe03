// How large the inside of a panel is. The panel measures it once, when it is mounted: a renderer that measured itself when its data
// arrive would have the whole page laid out anew for each panel.
import { createContext, useContext } from 'react';
import { useSize } from '../shell/useSize';

export const PanelSizeContext = createContext<{ width: number; height: number } | null>(null);

/** The size of a renderer's outermost element, which fills its panel; outside of a panel the element is measured, by the reference. */
export function usePanelSize(): [ReturnType<typeof useSize>[0] | undefined, { width: number; height: number }] {
  const known = useContext(PanelSizeContext);
  const [ref, own] = useSize();
  return known ? [undefined, known] : [ref, own];
}
