import type { Language } from './time';

/** A rule's title in the reader's language; rules from elsewhere have one title alone. */
export function ruleTitle(of: { rule_title: string; rule_title_zh?: string } | { title: string; title_zh?: string }, language: Language): string {
  if ('rule_title' in of) return language === 'zh' && of.rule_title_zh ? of.rule_title_zh : of.rule_title;
  return language === 'zh' && of.title_zh ? of.title_zh : of.title;
}

/** Either text, the reader's first. */
export function inLanguage<Text>(language: Language, text: Text | undefined, chinese: Text | undefined): Text | undefined {
  return language === 'zh' ? chinese ?? text : text ?? chinese;
}
