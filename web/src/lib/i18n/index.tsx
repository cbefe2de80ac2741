// Chinese first, English second. `zh` decides which keys exist; `en` must have each of them.
import { createContext, useContext, useEffect, useMemo, type ReactNode } from 'react';
import { usePreference } from '../preferences';
import type { Language } from '../time';
import { en } from './en';
import { zh, type Key } from './zh';

export type { Key };
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

const dictionaries: Record<Language, Record<Key, string>> = { zh, en };

export function translate(language: Language, key: Key, values?: Record<string, string | number>): string {
  // A value that a newer server knows and this page does not is shown by its name.
  const text = dictionaries[language][key] ?? key.slice(key.indexOf('.') + 1);
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole)) : text;
}

interface I18n { language: Language; setLanguage: (language: Language) => void; t: Translate }
const Context = createContext<I18n | null>(null);

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = usePreference<Language>('language', navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh');
  useEffect(() => { document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'; }, [language]);
  const value = useMemo<I18n>(() => ({ language, setLanguage, t: (key, values) => translate(language, key, values) }), [language]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error('I18nProvider is missing');
  return value;
}
export function useT(): Translate { return useI18n().t; }
