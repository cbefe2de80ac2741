import type { Alert } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { inLanguage } from '@/lib/rule-text';

/** What to do next, a step each. */
export function Advice({ alert }: { alert: Alert }) {
  const { language } = useI18n();
  return <ol className="advice">{inLanguage(language, alert.advice, alert.advice_zh)?.map((step) => <li key={step}>{step}</li>)}</ol>;
}
