import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input } from 'antd';
import { useState } from 'react';
import { call } from '@/lib/api/client';
import { useT } from '@/lib/i18n';
import { usePreference } from '@/lib/preferences';
import { errorText } from '../errors';

/** Adds a note to a case. The draft survives a reload: a note cannot be altered afterwards, so it is written with care. */
export function NoteBox({ number, rows = 2 }: { number: string; rows?: number }) {
  const t = useT();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [draft, setDraft] = usePreference(`draft.${number}`, '');
  const [text, setText] = useState(draft);
  const send = useMutation({
    mutationFn: () => call('post', '/api/v1/cases/{number}/notes', { path: { number }, body: { text: text.trim() } }),
    onSuccess: () => { setText(''); setDraft(''); void client.invalidateQueries({ queryKey: ['cases'] }); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const ready = text.trim() !== '' && !send.isPending;
  return (
    <div className="stack" style={{ gap: 6 }}>
      <Input.TextArea
        value={text} autoSize={{ minRows: rows, maxRows: 12 }} maxLength={16384} placeholder={t('note.placeholder')} aria-label={t('note.placeholder')}
        onChange={(event) => setText(event.target.value)} onBlur={() => setDraft(text)}
        onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && ready) send.mutate(); }}
      />
      <div className="row"><span className="faint small">{t('note.permanent')}</span><Button className="end" type="primary" disabled={!ready} loading={send.isPending} onClick={() => send.mutate()}>{t('note.add')}</Button></div>
    </div>
  );
}
