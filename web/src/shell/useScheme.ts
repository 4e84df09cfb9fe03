// Dark or light: the person's choice, kept in this browser. The first start follows the system where it wants light.
import { useMantineColorScheme } from '@mantine/core';
import type { Scheme } from '../dashboard/colors';

export function useScheme(): { scheme: Scheme; toggle: () => void } {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const scheme = colorScheme === 'light' ? 'light' : 'dark';
  return { scheme, toggle: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') };
}
