import { useEffect } from 'react';
import { useT } from '@/lib/i18n';

export function useTitle(title: string): void {
  const t = useT();
  useEffect(() => { document.title = `${title} · ${t('product')}`; }, [title, t]);
}
