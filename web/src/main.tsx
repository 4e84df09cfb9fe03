import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/default-css-variables.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/Popover.css';
import '@mantine/core/styles/Paper.css';
import './global.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/http';
import { App } from './App';
import { cssVariables, theme } from './theme';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Comparing a thousand series with their former selves costs more than drawing them.
      structuralSharing: false,
      refetchOnWindowFocus: false,
      gcTime: 60_000,
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      networkMode: 'always',
    },
  },
});
const schemes = localStorageColorSchemeManager({ key: 'monitorai-scheme' });

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} colorSchemeManager={schemes} defaultColorScheme="dark">
      <QueryClientProvider client={client}><App /></QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
