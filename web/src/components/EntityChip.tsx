import { App, Dropdown } from 'antd';
import { FileText, Fingerprint, Globe, Hash, Monitor, Network, Terminal, User, type LucideIcon } from 'lucide-react';
import type { Entity } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { condition } from '@/lib/kql';
import { useGo } from '@/lib/scope';
import { copyText } from './copy';

const icons: Record<Entity['kind'], LucideIcon> = {
  ip: Network, host: Monitor, user: User, domain: Globe, url: Globe, hash: Hash, process: Terminal, file: FileText, other: Fingerprint,
};

/** The search for an entity's events; an address without a field is looked for on both sides. */
export function entityQuery(entity: Entity, side?: 'source' | 'target'): string {
  if (!entity.field && entity.kind === 'ip') {
    return side ? condition(side === 'source' ? 'source.ip' : 'destination.ip', entity.value) : `(${condition('source.ip', entity.value)} or ${condition('destination.ip', entity.value)})`;
  }
  return entity.field ? condition(entity.field, entity.value) : `"${entity.value.replace(/(["\\])/g, '\\$1')}"`;
}

/** An address, host, user …; its menu leads to its events and alerts. */
export function EntityChip({ entity, still = false }: { entity: Entity; still?: boolean }) {
  const t = useT();
  const go = useGo();
  const { message } = App.useApp();
  const Icon = icons[entity.kind];
  const inside = <><Icon size={12} aria-label={t(`entity.${entity.kind}`)} /><span className="cut">{entity.value}</span>{entity.label && <span className="faint cut">{entity.label}</span>}</>;
  // A short value is worth its room; of a pair the long one gives way.
  const firm = entity.value.length <= 15 && !entity.label ? { flexShrink: 0 } : {};
  if (still) return <span className="chip value" style={firm} title={entity.value}>{inside}</span>;
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'events', label: t('entity.events') },
          { key: 'alerts', label: t('entity.alerts') },
          { type: 'divider' },
          { key: 'copy', label: t('act.copy') },
        ],
        onClick: ({ key, domEvent }) => {
          domEvent.stopPropagation();
          if (key === 'events') go('/investigate', { q: entityQuery(entity) });
          if (key === 'alerts') go('/alerts', { entity: entity.value, state: 'all' });
          if (key === 'copy') void copyText(entity.value).then(() => message.success(t('act.copied')));
        },
      }}
    >
      <button type="button" className="chip value" style={firm} title={entity.value} onClick={(event) => event.stopPropagation()}>{inside}</button>
    </Dropdown>
  );
}
