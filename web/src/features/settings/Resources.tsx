// Named groups of addresses and values: pasted one a line, used by searches as @name and by rules as %name%.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Modal, Popconfirm, Select, Upload } from 'antd';
import { Download, Plus, Upload as UploadIcon } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { errorText } from '@/components/errors';
import { Empty, Loaded } from '@/components/States';
import { Age } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenantName } from '@/lib/api/queries';
import type { Resource, ResourceDetail } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n, useT } from '@/lib/i18n';
import { useHref, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';

interface Values { name: string; kind: Resource['kind']; description: string; text: string }

const csvField = (text: string): string => (/[",#\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
const asText = (items: ResourceDetail['items']): string => items.map((item) => csvField(item.value) + (item.remark ? `,${csvField(item.remark)}` : '')).join('\n');
const drillDown = (resource: Resource): string => (resource.kind === 'addresses' ? ['source.ip', 'destination.ip'] : ['user.name', 'host.name', 'process.name'])
  .map((field) => `${field}:@${resource.name}`).join(' or ');

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`value,remark\n${text}\n`], { type: 'text/csv' }));
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function Editor({ detail, close }: { detail?: ResourceDetail; close: () => void }) {
  const { t, language } = useI18n();
  const me = useMe();
  const href = useHref();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [tenant] = useTenant();
  const [form] = Form.useForm<Values>();
  const resource = detail?.resource;
  const kind = Form.useWatch('kind', form) ?? resource?.kind ?? 'addresses';
  const fixed = !me.canJudge || resource?.shipped === true;
  const initial: Values = resource ? { ...resource, text: asText(detail!.items) } : { name: '', kind: 'addresses', description: '', text: '' };
  const store = useMutation({
    mutationFn: async (v: Values) => {
      if (!resource) return call('post', '/api/v1/resources', { query: tenant ? { tenant } : {}, body: { name: v.name, kind: v.kind, description: v.description ?? '', text: v.text ?? '' } });
      const path = { resource_id: resource.id };
      if (v.description !== resource.description) await call('patch', '/api/v1/resources/{resource_id}', { path, body: { description: v.description ?? '' } });
      return call('post', '/api/v1/resources/{resource_id}/entries', { path, body: { change: 'replace', text: v.text ?? '' } });
    },
    onSuccess: () => { close(); void client.invalidateQueries({ queryKey: ['resources'] }); },
    onError: (error) => void message.error(errorText(t, error), 8),
  });
  return (
    <Modal open width={720} title={resource ? `@${resource.name}` : t('resource.new')} onCancel={close} destroyOnHidden
      footer={[
        resource && <Button key="csv" icon={<Download size={14} />} onClick={() => save(resource.name, form.getFieldValue('text') as string)}>CSV</Button>,
        <Button key="cancel" onClick={close}>{t('act.cancel')}</Button>,
        !fixed && <Button key="save" type="primary" loading={store.isPending} onClick={() => form.submit()}>{t('act.save')}</Button>,
      ]}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} disabled={fixed} onFinish={(v) => store.mutate(v)}>
        {!resource && <div className="field-pair">
          <Form.Item name="name" label={t('resource.name')} extra={t('resource.name_note')} rules={[{ required: true, pattern: /^[a-z][a-z0-9_-]{0,63}$/, message: t('resource.name_note') }]}><Input autoFocus addonBefore="@" autoCapitalize="none" maxLength={64} /></Form.Item>
          <Form.Item name="kind" label={t('resource.kind')}><Select options={(['addresses', 'values'] as const).map((value) => ({ value, label: t(`resource.kind.${value}`) }))} /></Form.Item>
        </div>}
        <Form.Item name="description" label={t('resource.description')}><Input maxLength={256} /></Form.Item>
        <Form.Item name="text" label={t('resource.entries')} extra={t(`resource.note.${kind}`)}><Input.TextArea className="mono" rows={12} spellCheck={false} placeholder={kind === 'addresses' ? '10.0.0.0/8,RFC 1918\n192.0.2.10\n10.1.0.5-10.1.0.20' : 'root\nadmin*\nsvc-?'} /></Form.Item>
        {!fixed && <Upload accept=".csv,.txt" showUploadList={false} beforeUpload={(file) => { void file.text().then((text) => form.setFieldValue('text', text)); return false; }}><Button icon={<UploadIcon size={14} />}>{t('resource.from_file')}</Button></Upload>}
      </Form>
      {resource && <div className="stack" style={{ marginTop: 12, gap: 4 }}>
        {resource.shipped && <span className="secondary">{t('resource.shipped_note')}</span>}
        <span>{t('resource.used_by')}{detail!.used_by.length === 0 && <span className="secondary"> {t('resource.unused')}</span>}</span>
        {detail!.used_by.map((use) => (
          <span key={`${use.kind} ${use.id}`}>{t(`resource.use.${use.kind}`)} · {use.kind === 'rule'
            ? <Link to={href('/settings/rules', { rule: use.id })}>{(language === 'zh' && use.title_zh) || use.title}</Link> : use.title}</span>
        ))}
      </div>}
    </Modal>
  );
}

export function Resources() {
  const t = useT();
  const me = useMe();
  const href = useHref();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [tenant] = useTenant();
  const nameOf = useTenantName();
  const [open, setOpen] = useState<number | 'new'>();
  const resources = useQuery({ queryKey: ['resources', tenant], queryFn: ({ signal }) => call('get', '/api/v1/resources', { query: tenant ? { tenant } : {}, signal }) });
  const detail = useQuery({ queryKey: ['resources', 'one', open], enabled: typeof open === 'number', gcTime: 0, queryFn: ({ signal }) => call('get', '/api/v1/resources/{resource_id}', { path: { resource_id: open as number }, signal }) });
  const remove = useMutation({
    mutationFn: (id: number) => call('delete', '/api/v1/resources/{resource_id}', { path: { resource_id: id } }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['resources'] }),
    onError: (error) => void message.error(errorText(t, error)),
  });
  const close = (): void => setOpen(undefined);
  return (
    <>
      <div className="settings-head"><h2>{t('settings.resources')}</h2>{me.canJudge && <Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => setOpen('new')}>{t('resource.new')}</Button>}</div>
      <div className="settings-list" style={{ overflow: 'auto' }}>
        <Loaded query={resources} what={t('settings.resources')}>
          {(data) => (data.items.length === 0 ? <Empty inline say={t('resource.none')} /> : (
            <table className="plain-table">
              <thead><tr><th>{t('resource.name')}</th><th>{t('resource.kind')}</th><th className="numeric">{t('resource.entries')}</th><th>{t('resource.description')}</th><th>{t('resource.updated')}</th><th /></tr></thead>
              <tbody>{data.items.map((resource) => (
                <tr key={resource.id}>
                  <td><Button type="link" size="small" className="mono" style={{ padding: 0 }} onClick={() => setOpen(resource.id)}>@{resource.name}</Button><div className="faint">{resource.shipped ? t('resource.shipped') : nameOf(resource.tenant ?? '')}</div></td>
                  <td>{t(`resource.kind.${resource.kind}`)}</td>
                  <td className="numeric">{formatCount(resource.entries)}</td>
                  <td>{resource.description}</td>
                  <td>{resource.updated && <><Age at={resource.updated} /> · {resource.updated_by}</>}</td>
                  <td className="acts">
                    <Link to={href('/investigate', { q: drillDown(resource) })}>{t('resource.events')}</Link>
                    {me.canJudge && !resource.shipped && <Popconfirm title={t('resource.remove_sure', { name: resource.name })} okText={t('resource.remove')} cancelText={t('act.cancel')} onConfirm={() => remove.mutate(resource.id)}><Button size="small" type="text" danger>{t('resource.remove')}</Button></Popconfirm>}
                  </td>
                </tr>
              ))}</tbody>
            </table>
          ))}
        </Loaded>
      </div>
      {open === 'new' && <Editor close={close} />}
      {typeof open === 'number' && detail.data && <Editor key={open} detail={detail.data} close={close} />}
    </>
  );
}
