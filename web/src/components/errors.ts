import { ApiError } from '@/lib/api/client';
import type { Translate } from '@/lib/i18n';

/** What failed, in one line, with the request's id where there is one. */
export function errorText(t: Translate, error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  const said = error.code === 'network' ? t('error.network') : error.code === 'permission_denied' ? t('error.permission_denied') : error.message;
  return error.requestId ? `${said} (${t('error.request')} ${error.requestId})` : said;
}
