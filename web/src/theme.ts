// Forest Green, for Mantine. The brand colour is #27AE60, index 8; accents that carry text use index 4 on dark and 9 on light.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const forest: MantineColorsTuple = [
  '#eafdf2', '#d8f6e5', '#b0ecc9', '#85e2ac', '#62d993', '#4cd483', '#3fd17a', '#30b968', '#27AE60', '#108e4b',
];
const dark: MantineColorsTuple = [
  '#dcebe1', '#b9cec0', '#92ab9b', '#5e7869', '#2a3f32', '#1f3327', '#16241b', '#111d15', '#0a120d', '#060b08',
];

export const theme = createTheme({
  primaryColor: 'forest',
  primaryShade: 8,
  autoContrast: true,
  colors: { forest, dark },
  // Short lists: a browser looks for each name that is missing before it lays out its first text.
  fontFamily: 'Inter, system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, Menlo, Consolas, monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  dark: { '--mantine-color-body': '#0a120d', '--mantine-color-text': '#dcebe1', '--mantine-color-dimmed': '#8fa998' },
  light: { '--mantine-color-body': '#f3f7f4', '--mantine-color-text': '#15251b', '--mantine-color-dimmed': '#4f6657' },
});
