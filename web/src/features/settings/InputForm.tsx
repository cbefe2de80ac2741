import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert as Notice, App, Button, Form, Input as TextInput, InputNumber, Modal, Select, Switch } from 'antd';
import { useState } from 'react';
import { errorText } from '@/components/errors';
import { ApiError, call } from '@/lib/api/client';
import { usePacks, useTenants } from '@/lib/api/queries';
import type { Input, InputKind } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { useTenant } from '@/lib/scope';
import { fieldText, kindText } from '@/lib/i18n/inputs';

type Field = InputKind['fields'][number];
type Value = string | number | boolean | null | undefined;
interface Values { tenant?: string; name?: string; zone: string; charset: Input['charset']; pack?: string; settings: Record<string, Value> }

const asText = (value: Value): string => (value === null || value === undefined ? '' : String(value));

/** What is given, all as text; a secret left empty is left as it is kept. */
function settingsOf(kind: InputKind, values: Record<string, Value>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const field of kind.fields) {
    const text = asText(values[field.name]);
    if (text !== '') settings[field.name] = text;
  }
  return settings;
}

function shownValue(field: Field, text: string | undefined): Value {
  const value = text ?? field.fallback;
  if (field.type === 'flag') return value === 'true';
  if (field.type === 'integer') return value === undefined || value === '' ? null : Number(value);
  return value;
}

/** Adds an input, or changes one: its fields are those the server names for the kind. */
export function InputForm({ kinds, input, onClose }: { kinds: InputKind[]; input: Input | undefined; onClose: () => void }) {
  const { t, language } = useI18n();
  const [chosen, setChosen] = useState(input?.kind);
  const kind = kinds.find((k) => k.name === chosen);
  return (
    <Modal open width={640} title={input ? `${t('act.edit')} · ${input.name}` : kind ? `${t('input.add')} · ${kindText(kind.name, language).name}` : t('input.add')} footer={null} onCancel={onClose} destroyOnHidden>
      {kind ? <Fields key={kind.name} kind={kind} input={input} onClose={onClose} onBack={input ? undefined : () => setChosen(undefined)} /> : (
        <div style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(240px, 1fr))', gap: 8 }}>
          {kinds.map((k) => {
            const words = kindText(k.name, language);
            return (
              <button key={k.name} type="button" className="choice" onClick={() => setChosen(k.name)}>
                <b>{words.name}</b><span className="secondary small">{words.say}</span>
              </button>
            );
          })}
        </div>
      )}
    </Modal>
  );
}

function Fields({ kind, input, onClose, onBack }: { kind: InputKind; input: Input | undefined; onClose: () => void; onBack: (() => void) | undefined }) {
  const { t, language } = useI18n();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [tenant] = useTenant();
  const tenants = useTenants();
  const packs = usePacks();
  const of = (values: Values): { query: { tenant: string | undefined } } => ({ query: { tenant: input?.tenant ?? values.tenant ?? tenant } });
  const complain = (error: unknown): void => {
    const place = error instanceof ApiError ? error.where?.find((part) => kind.fields.some((field) => field.name === part)) : undefined;
    if (place) form.setFields([{ name: ['settings', place], errors: [errorText(t, error)] }]);
    else void message.error(errorText(t, error));
  };
  const save = useMutation({
    mutationFn: async (values: Values) => {
      const common = { zone: values.zone, charset: values.charset, pack: values.pack ?? '', settings: settingsOf(kind, values.settings) };
      if (input) await call('patch', '/api/v1/inputs/{input_id}', { path: { input_id: input.id }, body: common });
      else await call('post', '/api/v1/inputs', { ...of(values), body: { name: values.name ?? '', kind: kind.name, ...common } });
    },
    onSuccess: () => { void client.invalidateQueries({ queryKey: ['inputs'] }); void message.success(t('act.saved')); onClose(); },
    onError: complain,
  });
  const trial = useMutation({
    mutationFn: async (values: Values) => call('post', '/api/v1/inputs/trial', { ...of(values), body: { kind: kind.name, settings: settingsOf(kind, values.settings), ...(input ? { input_id: input.id } : {}) } }),
    onError: complain,
  });
  const settings = Object.fromEntries(kind.fields.filter((field) => field.type !== 'secret').map((field) => [field.name, shownValue(field, input?.settings[field.name])]));
  return (
    <Form<Values>
      form={form} layout="vertical" requiredMark="optional" onFinish={(values) => save.mutate(values)} onValuesChange={() => trial.reset()}
      initialValues={{ name: input?.name ?? kind.name.replaceAll('_', '-'), tenant: input?.tenant ?? tenant ?? tenants.data?.items[0]?.name, zone: input?.zone ?? 'Asia/Shanghai', charset: input?.charset ?? 'auto', pack: input?.pack ?? '', settings }}
    >
      {!input && (
        <div className="field-pair">
          <Form.Item name="name" label={t('input.name')} extra={t('input.name_say')} rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9_-]{0,47}$/, message: t('input.name_rule') }]}><TextInput autoComplete="off" autoCapitalize="none" /></Form.Item>
          <Form.Item name="tenant" label={t('tenant.title')} rules={[{ required: true, message: t('form.required') }]}><Select options={(tenants.data?.items ?? []).map((item) => ({ value: item.name, label: item.display_name }))} /></Form.Item>
        </div>
      )}
      {kind.fields.map((field) => <SettingItem key={field.name} kind={kind.name} field={field} kept={input?.secrets.includes(field.name) ?? false} />)}
      <div className="field-pair">
        <Form.Item name="zone" label={t('input.zone')} extra={t('input.zone_say')} rules={[{ required: true, message: t('form.required') }]}><TextInput /></Form.Item>
        <Form.Item name="charset" label={t('input.charset')}><Select options={['auto', 'utf-8', 'gb18030'].map((value) => ({ value, label: value === 'auto' ? t('input.charset_auto') : value }))} /></Form.Item>
      </div>
      <Form.Item name="pack" label={t('source.pack')}><Select showSearch optionFilterProp="label" loading={packs.isPending} options={[{ value: '', label: t('source.bind_auto') }, ...(packs.data?.items ?? []).map((p) => ({ value: p.name, label: `${language === 'zh' ? p.title_zh : p.title_en} (${p.name})` }))]} /></Form.Item>
      {trial.data && <Notice style={{ marginBottom: 12 }} type={trial.data.ok ? 'success' : 'error'} showIcon message={trial.data.ok ? t('input.trial_ok') : trial.data.error} description={trial.data.found.length > 0 && <div className="mono small" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{trial.data.found.join('\n')}</div>} />}
      <div className="row" style={{ flexWrap: 'wrap' }}>
        {onBack && <Button onClick={onBack}>{t('act.back')}</Button>}
        <Button loading={trial.isPending} onClick={() => void form.validateFields().then((values) => trial.mutate(values), () => undefined)}>{t('input.try')}</Button>
        <Button className="end" type="primary" htmlType="submit" loading={save.isPending}>{t('act.save')}</Button>
      </div>
    </Form>
  );
}

function SettingItem({ kind, field, kept }: { kind: string; field: Field; kept: boolean }) {
  const { t, language } = useI18n();
  const words = fieldText(kind, field.name, language);
  const lines = field.type === 'list' || field.type === 'paths' || field.type === 'block';
  const manyLines = field.type === 'secret' && /key|users|communities|credentials/.test(field.name);
  return (
    <Form.Item
      name={['settings', field.name]} label={words.name} extra={words.say} valuePropName={field.type === 'flag' ? 'checked' : 'value'}
      required={field.required} rules={field.required && !kept ? [{ required: true, message: t('form.required') }] : []}
    >
      {field.type === 'flag' ? <Switch />
        : field.type === 'choice' ? <Select options={(field.choices ?? []).map((value) => ({ value, label: value }))} />
        : field.type === 'integer' ? <InputNumber style={{ width: '100%' }} {...(field.least !== undefined && field.least > -1e15 ? { min: field.least } : {})} {...(field.most !== undefined && field.most < 1e15 ? { max: field.most } : {})} />
        : lines || manyLines ? <TextInput.TextArea autoSize={{ minRows: 2, maxRows: 8 }} className="mono" spellCheck={false} {...(kept ? { placeholder: t('input.kept') } : {})} />
        : field.type === 'secret' ? <TextInput.Password autoComplete="new-password" {...(kept ? { placeholder: t('input.kept') } : {})} />
        : <TextInput autoComplete="off" spellCheck={false} />}
    </Form.Item>
  );
}
