import type { UserPack } from '@/lib/api/types';
import { useT } from '@/lib/i18n';

const looks: Record<UserPack['state'], string> = { draft: '', live: 'good', set_aside: 'bad', broken: 'bad' };

/** Whether the pack reads lines, and why not. */
export function PackState({ pack }: { pack: UserPack }) {
  const t = useT();
  return <span className={`chip ${looks[pack.state]}`} title={pack.state === 'set_aside' ? t('pack_edit.set_aside_say', { n: pack.slow_lines }) : pack.reason}>{t(`pack_state.${pack.state}`)}{pack.live_version !== undefined && ` v${pack.live_version}`}</span>;
}
