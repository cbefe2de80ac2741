import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Modal, Segmented, Select } from 'antd';
import { errorText } from '@/components/errors';
import { call } from '@/lib/api/client';
import { useTenants } from '@/lib/api/queries';
import { problemLevels, type ProblemLevel } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { useGo, useTenant } from '@/lib/scope';

interface Values { title: string; level: ProblemLevel; tenant?: string; description?: string }

export function NewCase({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const go = useGo();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [tenant] = useTenant();
  const tenants = useTenants();
  const [form] = Form.useForm<Values>();
  const create = useMutation({
    mutationFn: (v: Values) => call('post', '/api/v1/cases', { query: { tenant: v.tenant }, body: { title: v.title.trim(), level: v.level, ...(v.description?.trim() ? { description: v.description.trim() } : {}) } }),
    onSuccess: (made) => { onClose(); void client.invalidateQueries({ queryKey: ['cases'] }); go(`/cases/${made.number}`); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const items = tenants.data?.items ?? [];
  return (
    <Modal open={open} title={t('case.new')} okText={t('case.create')} cancelText={t('act.cancel')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={create.isPending} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} preserve={false} initialValues={{ level: 'general', tenant: tenant ?? items[0]?.name }} onFinish={(v) => create.mutate(v)}>
        <Form.Item name="title" label={t('case.title')} rules={[{ required: true, whitespace: true, message: t('form.required') }]}><Input autoFocus maxLength={256} placeholder={t('case.title_hint')} /></Form.Item>
        <Form.Item name="level" label={t('case.level')}><Segmented options={problemLevels.map((value) => ({ value, label: t(`level.${value}`) }))} /></Form.Item>
        {items.length > 1 && <Form.Item name="tenant" label={t('tenant.title')} rules={[{ required: true, message: t('form.required') }]}><Select options={items.map((item) => ({ value: item.name, label: item.display_name }))} /></Form.Item>}
        <Form.Item name="description" label={t('case.description')} style={{ marginBottom: 4 }}><Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} maxLength={16384} /></Form.Item>
      </Form>
    </Modal>
  );
}
