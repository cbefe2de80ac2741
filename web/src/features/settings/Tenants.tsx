import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Modal } from 'antd';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { errorText } from '@/components/errors';
import { Loaded } from '@/components/States';
import { Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenants } from '@/lib/api/queries';
import { useT } from '@/lib/i18n';
import { useHref } from '@/lib/scope';

interface Values { name: string; display_name: string }

export function Tenants() {
  const t = useT();
  const href = useHref();
  const client = useQueryClient();
  const { message } = App.useApp();
  const tenants = useTenants();
  const [creating, setCreating] = useState(false);
  const [form] = Form.useForm<Values>();
  const create = useMutation({
    mutationFn: (v: Values) => call('post', '/api/v1/tenants', { body: v }),
    onSuccess: () => { setCreating(false); void client.invalidateQueries({ queryKey: ['tenants'] }); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  return (
    <>
      <div className="settings-head"><h2>{t('settings.tenants')}</h2><Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => setCreating(true)}>{t('tenant.new')}</Button></div>
      <div className="settings-list" style={{ overflow: 'auto' }}>
        <Loaded query={tenants} what={t('settings.tenants')}>
          {(data) => (
            <table className="plain-table">
              <thead><tr><th>{t('tenant.display_name')}</th><th>{t('tenant.name')}</th><th>{t('settings.zone')}</th><th>{t('token.created')}</th></tr></thead>
              <tbody>{data.items.map((item) => <tr key={item.name}><td><Link to={href('/watch', { tenant: item.name })}>{item.display_name}</Link></td><td className="mono">{item.name}</td><td className="secondary">{item.zone ?? 'Asia/Shanghai'}</td><td className="secondary">{item.created ? <Time at={item.created} precision="minute" /> : '—'}</td></tr>)}</tbody>
            </table>
          )}
        </Loaded>
      </div>
      <Modal open={creating} title={t('tenant.new')} okText={t('tenant.create')} cancelText={t('act.cancel')} onCancel={() => setCreating(false)} onOk={() => form.submit()} confirmLoading={create.isPending} destroyOnHidden>
        <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={(v) => create.mutate(v)}>
          <Form.Item name="display_name" label={t('tenant.display_name')} rules={[{ required: true, whitespace: true, message: t('form.required') }]}><Input autoFocus maxLength={128} /></Form.Item>
          <Form.Item name="name" label={t('tenant.name')} rules={[{ required: true, pattern: /^[a-z][a-z0-9_-]{0,63}$/, message: t('form.tenant_name') }]}><Input autoCapitalize="none" /></Form.Item>
        </Form>
      </Modal>
    </>
  );
}
