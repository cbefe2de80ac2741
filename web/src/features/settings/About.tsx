import { useQuery } from '@tanstack/react-query';
import { Panel } from '@/components/Panel';
import { Loaded } from '@/components/States';
import { Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useT } from '@/lib/i18n';

export function AboutSection() {
  const t = useT();
  const about = useQuery({ queryKey: ['about'], queryFn: ({ signal }) => call('get', '/api/v1/about', { signal }) });
  return (
    <div className="settings-scroll"><div className="narrow">
      <Panel title={t('settings.about')}>
        <Loaded query={about} what={t('settings.about')}>
          {(data) => (
            <dl className="facts" style={{ margin: 0 }}>
              <dt>{t('about.product')}</dt><dd>{t('product')} ({data.product})</dd>
              <dt>{t('about.version')}</dt><dd>{data.version}{data.revision && <span className="faint mono"> {data.revision}</span>}</dd>
              {data.started && <><dt>{t('about.started')}</dt><dd><Time at={data.started} /></dd></>}
            </dl>
          )}
        </Loaded>
      </Panel>
      <Panel title={t('about.keys')}>
        <dl className="facts" style={{ margin: 0 }}>
          <dt><span className="kbd">Ctrl</span> <span className="kbd">K</span></dt><dd>{t('palette.open')}</dd>
          <dt><span className="kbd">j</span> <span className="kbd">k</span></dt><dd>{t('about.key_step')}</dd>
          <dt><span className="kbd">Enter</span></dt><dd>{t('about.key_open')}</dd>
          <dt><span className="kbd">Esc</span></dt><dd>{t('about.key_close')}</dd>
          <dt><span className="kbd">/</span></dt><dd>{t('about.key_query')}</dd>
        </dl>
      </Panel>
    </div></div>
  );
}
