// Which of the two themes is on. `auto`: dark in Watch, elsewhere as the system has it.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { usePreference } from '../preferences';
import type { ThemeName } from './tokens';

export type ThemeChoice = ThemeName | 'auto';
interface Theme { name: ThemeName; choice: ThemeChoice; setChoice: (choice: ThemeChoice) => void }
const Context = createContext<Theme | null>(null);

export function ThemeProvider({ path, children }: { path: string; children: ReactNode }) {
  const [choice, setChoice] = usePreference<ThemeChoice>('theme', 'auto');
  const [systemDark, setSystemDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const listener = (): void => setSystemDark(query.matches);
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  }, []);
  const name: ThemeName = choice !== 'auto' ? choice : path === '/' || path.startsWith('/watch') || systemDark ? 'dark' : 'light';
  useEffect(() => { document.documentElement.dataset.theme = name; }, [name]);
  const value = useMemo(() => ({ name, choice, setChoice }), [name, choice]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useTheme(): Theme {
  const value = useContext(Context);
  if (!value) throw new Error('ThemeProvider is missing');
  return value;
}
