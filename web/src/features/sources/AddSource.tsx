import { App, Button, Modal, Segmented } from 'antd';
import { CircleCheck, Copy, LoaderCircle } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { copyText } from '@/components/copy';
import { useT } from '@/lib/i18n';
import { useTenant } from '@/lib/scope';
import { useSources } from './queries';

type Way = 'device' | 'rsyslog' | 'try' | 'http';

/** The address a device should use: the listener's port on the host that this page came from. */
export function reachable(address: string, host: string): { host: string; port: string } {
  const match = /^\[?(.*?)\]?:(\d+)$/.exec(address);
  const bound = match?.[1] ?? '';
  const anywhere = bound === '' || bound === '0.0.0.0' || bound === '::' || bound === '*';
  return { host: anywhere ? host : bound, port: match?.[2] ?? '514' };
}

/** Shows the exact line to paste on the device, then waits for its first line. */
export function AddSource({ open, onClose, onFound }: { open: boolean; onClose: () => void; onFound: (id: number) => void }) {
  const t = useT();
  const { message } = App.useApp();
  const [tenant] = useTenant();
  const [way, setWay] = useState<Way>('device');
  const sources = useSources(tenant, open ? 2000 : undefined);
  const known = useRef<Set<number>>();
  useEffect(() => {
    if (!open) known.current = undefined;
    else if (known.current === undefined && sources.data) known.current = new Set(sources.data.items.map((s) => s.id));
  }, [open, sources.data]);
  const fresh = open && known.current ? sources.data?.items.find((s) => !known.current!.has(s.id)) : undefined;
  const listeners = sources.data?.listeners ?? [];
  const udp = listeners.find((l) => l.kind === 'syslog');
  const at = udp ? reachable(udp.address, location.hostname) : { host: location.hostname, port: '5514' };
  const lines: Record<Way, string> = {
    device: `info-center enable\ninfo-center loghost ${at.host} port ${at.port} facility local4\n\n# H3C\ninfo-center loghost ${at.host} port ${at.port}\n\n# FortiGate\nconfig log syslogd setting\n  set status enable\n  set server "${at.host}"\n  set port ${at.port}\nend`,
    rsyslog: `echo '*.* @@${at.host}:${at.port}' > /etc/rsyslog.d/60-shuwei.conf\nsystemctl restart rsyslog`,
    try: `logger -n ${at.host} -P ${at.port} --udp -t shuwei-test "hello from $(hostname)"`,
    http: `curl -H "Authorization: Bearer TOKEN" -H "Content-Type: application/x-ndjson" \\\n     --data-binary @events.ndjson ${location.origin}/api/v1/ingest`,
  };
  return (
    <Modal open={open} onCancel={onClose} title={t('source.add')} width={640} footer={fresh ? <Button type="primary" onClick={() => onFound(fresh.id)}>{t('source.go')}</Button> : <Button onClick={onClose}>{t('act.close')}</Button>}>
      <div className="stack" style={{ gap: 12 }}>
        <Segmented<Way> value={way} onChange={setWay} options={(['device', 'rsyslog', 'try', 'http'] as const).map((value) => ({ value, label: t(`source_way.${value}`) }))} />
        <p className="secondary">{t(`source_say.${way}`)}</p>
        <div style={{ position: 'relative' }}>
          <pre className="raw wrapped" style={{ margin: 0 }}>{lines[way]}</pre>
          <button type="button" className="icon-button tiny" style={{ position: 'absolute', right: 6, top: 6 }} title={t('act.copy')} onClick={() => void copyText(lines[way]).then(() => message.success(t('act.copied')))}><Copy size={13} /></button>
        </div>
        <div className="row" role="status" style={{ minHeight: 32 }}>
          {fresh ? <><CircleCheck size={18} style={{ color: 'var(--good)' }} /><span>{t('source.arrived', { name: fresh.name, peer: fresh.peer })}</span></> : <><LoaderCircle size={16} className="spin" /><span className="secondary">{t('source.waiting')}</span></>}
        </div>
      </div>
    </Modal>
  );
}
