import { useMutation } from '@tanstack/react-query';
import { App, Button, Form, Input, Segmented } from 'antd';
import { errorText } from '@/components/errors';
import { Panel } from '@/components/Panel';
import { call } from '@/lib/api/client';
import { useI18n } from '@/lib/i18n';
import { useZone } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { useTheme, type ThemeChoice } from '@/lib/theme';
import { zoneName, type Language, type Zone } from '@/lib/time';

interface Values { old_password: string; new_password: string; again: string }

export function Me() {
  const { t, language, setLanguage } = useI18n();
  const me = useMe();
  const { choice, setChoice } = useTheme();
  const [zone, setZone] = useZone();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const save = useMutation({
    mutationFn: (v: Values) => call('put', '/api/v1/session/password', { body: { old_password: v.old_password, new_password: v.new_password } }),
    onSuccess: () => { form.resetFields(); void message.success(t('account.password_changed')); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  return (
    <div className="settings-scroll"><div className="narrow">
      <Panel title={t('settings.me')}>
        <dl className="facts" style={{ margin: 0, alignItems: 'center' }}>
          <dt>{t('account.name')}</dt><dd>{me.display_name} <span className="faint">{me.name}</span></dd>
          <dt>{t('account.role')}</dt><dd>{t(`role.${me.role}`)}</dd>
          <dt>{t('settings.language')}</dt><dd><Segmented<Language> value={language} onChange={setLanguage} options={[{ value: 'zh', label: '中文' }, { value: 'en', label: 'English' }]} /></dd>
          <dt>{t('theme.title')}</dt><dd><Segmented<ThemeChoice> value={choice} onChange={setChoice} options={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t(`theme.${value}`) }))} /></dd>
          <dt>{t('settings.zone')}</dt><dd><Segmented<Zone> value={zone} onChange={setZone} options={[{ value: 'local', label: `${t('range.local')} ${zoneName('local')}` }, { value: 'utc', label: 'UTC' }]} /></dd>
        </dl>
      </Panel>
      <Panel title={t('account.change_password')}>
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => save.mutate(v)}>
          <Form.Item name="old_password" label={t('account.old_password')} rules={[{ required: true, message: t('form.required') }]}><Input.Password autoComplete="current-password" /></Form.Item>
          <Form.Item name="new_password" label={t('account.new_password')} rules={[{ required: true, min: 10, message: t('form.password_short') }]}><Input.Password autoComplete="new-password" /></Form.Item>
          <Form.Item name="again" label={t('account.again')} dependencies={['new_password']} rules={[{ required: true, message: t('form.required') }, ({ getFieldValue }) => ({ validator: (_, value) => (!value || value === getFieldValue('new_password') ? Promise.resolve() : Promise.reject(new Error(t('form.differs')))) })]}><Input.Password autoComplete="new-password" /></Form.Item>
          <Button type="primary" htmlType="submit" loading={save.isPending}>{t('account.change_password')}</Button>
        </Form>
      </Panel>
    </div></div>
  );
}
