// A long list: virtual rows in a grid on a screen, cards on a phone, moved through by j / k / Enter.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useImperativeHandle, useMemo, useRef, useState, type ReactNode, type Ref } from 'react';
import { useT } from '@/lib/i18n';
import { usePhone } from '@/lib/scope';
import { useListKeys } from './keys';

export interface Column<T> { key: string; title: ReactNode; width: string; render: (row: T) => ReactNode; numeric?: boolean; cut?: boolean; sort?: string; /** May be left out where the list is too narrow; the highest number goes first. */ roomy?: number }
export interface Section { at: number; title: ReactNode }
export interface DataListHandle { toTop: () => void }

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  selected?: string;
  onSelect: (key: string, row: T) => void;
  onOpen?: (key: string, row: T) => void;
  card: (row: T) => ReactNode;
  rowHeight?: number;
  cardHeight?: number;
  variable?: boolean;
  sort?: string;
  sortUp?: boolean;
  onSort?: (sort: string) => void;
  onEnd?: () => void;
  foot?: ReactNode;
  empty?: ReactNode;
  headless?: boolean;
  cards?: boolean;
  onTopChange?: (top: boolean) => void;
  handle?: Ref<DataListHandle>;
}

function leastWidth<T>(columns: readonly Column<T>[]): number {
  return columns.reduce((sum, column) => sum + Number(/(\d+)px/.exec(column.width)?.[1] ?? 0), 0);
}

/** The columns that fit: roomy ones go, the roomiest first, until the rest has its least width. */
export function fitting<T>(columns: readonly Column<T>[], room: number): readonly Column<T>[] {
  let kept = columns;
  while (leastWidth(kept) > room) {
    const first = [...kept].filter((column) => column.roomy).sort((a, b) => b.roomy! - a.roomy!)[0];
    if (!first) break;
    kept = kept.filter((column) => column !== first);
  }
  return kept;
}

export function DataList<T>(props: Props<T>) {
  const { rows, rowKey, selected, onSelect, onOpen, onEnd, rowHeight = 36 } = props;
  const t = useT();
  const phone = usePhone();
  const asCards = phone || props.cards === true;
  const scroll = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(Infinity);
  const columns = useMemo(() => fitting(props.columns, room), [props.columns, room]);
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => { if (entry) setRoom(entry.contentRect.width); });
    if (scroll.current) watcher.observe(scroll.current);
    return () => watcher.disconnect();
  }, []);
  const [focusKey, setFocusKey] = useState<string | undefined>(selected);
  const measured = asCards || props.variable === true;
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroll.current, overscan: 10,
    estimateSize: () => (asCards ? props.cardHeight ?? 76 : rowHeight),
    getItemKey: (i) => rowKey(rows[i]!),
  });
  useEffect(() => { setFocusKey(selected); }, [selected]);
  const index = rows.findIndex((row) => rowKey(row) === focusKey);
  const go = (i: number): void => {
    const row = rows[i];
    if (!row) return;
    setFocusKey(rowKey(row));
    virtual.scrollToIndex(i, { align: 'auto' });
    onSelect(rowKey(row), row);
  };
  useListKeys({
    onStep: (by) => go(Math.min(Math.max(index + by, 0), rows.length - 1)),
    onOpen: () => { const row = rows[index]; if (row) (onOpen ?? onSelect)(rowKey(row), row); },
  });
  useImperativeHandle(props.handle, () => ({ toTop: () => scroll.current?.scrollTo({ top: 0 }) }));
  const items = virtual.getVirtualItems();
  const lastIndex = items[items.length - 1]?.index ?? 0;
  useEffect(() => { if (onEnd && rows.length > 0 && lastIndex >= rows.length - 15) onEnd(); }, [lastIndex, rows.length, onEnd]);
  const template = columns.map((column) => column.width).join(' ');
  const wide = asCards ? undefined : leastWidth(columns);
  return (
    <div className="list">
      <div
        className="list-scroll" ref={scroll} tabIndex={0} role="table" aria-label={props.label} aria-rowcount={rows.length}
        onScroll={props.onTopChange ? (event) => props.onTopChange!(event.currentTarget.scrollTop < 4) : undefined}
      >
        <div style={{ minWidth: wide }}>
          {!asCards && !props.headless && (
            <div className="list-head" role="row" style={{ gridTemplateColumns: template }}>
              {columns.map((column) => (
                <div key={column.key} role="columnheader" className={column.numeric ? 'numeric cut' : 'cut'}>
                  {column.sort && props.onSort
                    ? <button type="button" className={`sortable${props.sort === column.sort ? ' sorted' : ''}`} onClick={() => props.onSort!(column.sort!)}>{column.title}{props.sort === column.sort && (props.sortUp ? <ArrowUp size={12} /> : <ArrowDown size={12} />)}</button>
                    : column.title}
                </div>
              ))}
            </div>
          )}
          <div className="list-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index]!;
              const key = rowKey(row);
              const active = key === (selected ?? focusKey);
              return (
                <div
                  key={item.key} data-index={item.index} ref={measured ? virtual.measureElement : undefined} role="row" aria-selected={active}
                  className={`${asCards ? 'card-row' : 'list-row'}${active ? ' selected' : ''}`}
                  style={{ transform: `translateY(${item.start}px)`, top: 0, ...(measured ? {} : { height: rowHeight }), ...(asCards ? {} : { gridTemplateColumns: template }) }}
                  onClick={() => { setFocusKey(key); (phone && onOpen && props.cards !== true ? onOpen : onSelect)(key, row); }}
                  onDoubleClick={onOpen ? () => onOpen(key, row) : undefined}
                >
                  {asCards ? <div role="cell">{props.card(row)}</div> : columns.map((column) => <div key={column.key} role="cell" className={`${column.numeric ? 'numeric ' : ''}${column.cut === false ? '' : 'cut'}`}>{column.render(row)}</div>)}
                </div>
              );
            })}
          </div>
        </div>
        {rows.length === 0 ? props.empty : props.foot && <div className="list-foot">{props.foot}</div>}
        {rows.length === 0 && !props.empty && <div className="list-foot">{t('state.empty')}</div>}
      </div>
    </div>
  );
}
