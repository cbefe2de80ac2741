import { ChevronDown, ChevronUp, ArrowLeft, Maximize2, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { useT } from '@/lib/i18n';
import { usePreference } from '@/lib/preferences';
import { usePhone } from '@/lib/scope';

interface Props { title: ReactNode; label: string; onClose: () => void; onStep?: (by: 1 | -1) => void; page?: string; children: ReactNode; foot?: ReactNode; name: string; wide?: number }

/** The right-hand drawer: resizable, Esc closes it, j / k go on (the list's keys). On a phone it is a page. */
export function Drawer({ title, label, onClose, onStep, page, children, foot, name, wide = 560 }: Props) {
  const t = useT();
  const phone = usePhone();
  const [width, setWidth] = usePreference(`drawer.${name}`, wide);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (document.querySelector('.ant-modal-wrap:not([style*="display: none"]), .ant-dropdown:not(.ant-dropdown-hidden), .ant-popover:not(.ant-popover-hidden), .palette')) return;
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      onClose();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onClose]);
  const startResize = (down: React.PointerEvent): void => {
    down.preventDefault();
    const from = box.current?.getBoundingClientRect().width ?? width;
    const move = (event: PointerEvent): void => setWidth(Math.round(Math.min(Math.max(from + down.clientX - event.clientX, 380), window.innerWidth - 320)));
    const up = (): void => { window.removeEventListener('pointermove', move); window.removeEventListener('pointerup', up); };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
  };
  return (
    <aside className="drawer" ref={box} style={{ width }} aria-label={label}>
      <div className="drawer-grip" onPointerDown={startResize} />
      <div className="drawer-head">
        {phone && <button type="button" className="icon-button" title={t('act.back')} onClick={onClose}><ArrowLeft size={18} /></button>}
        <div className="grow row">{title}</div>
        {onStep && <>
          <button type="button" className="icon-button" title={`${t('act.previous')} (k)`} onClick={() => onStep(-1)}><ChevronUp size={16} /></button>
          <button type="button" className="icon-button" title={`${t('act.next')} (j)`} onClick={() => onStep(1)}><ChevronDown size={16} /></button>
        </>}
        {page && <Link className="icon-button" title={t('act.open_page')} to={page}><Maximize2 size={14} /></Link>}
        {!phone && <button type="button" className="icon-button" title={`${t('act.close')} (Esc)`} onClick={onClose}><X size={16} /></button>}
      </div>
      <div className="drawer-body">{children}</div>
      {foot && <div className="drawer-foot">{foot}</div>}
    </aside>
  );
}
