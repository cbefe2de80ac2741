import { useEffect, useRef } from 'react';

/** True while a person types, or something that owns the keyboard is open. */
export function typing(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  if (target && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))) return true;
  return document.querySelector('.palette, .ant-modal-wrap:not([style*="display: none"]), .ant-dropdown:not(.ant-dropdown-hidden):not(.ant-dropdown-menu-submenu-hidden)') !== null;
}

/** One key or several, for as long as the component is there. */
export function useKeys(bindings: Record<string, (event: KeyboardEvent) => void>): void {
  const current = useRef(bindings);
  current.current = bindings;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const action = current.current[event.key];
      if (!action || typing(event)) return;
      action(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

export function useListKeys({ onStep, onOpen }: { onStep: (by: 1 | -1) => void; onOpen: () => void }): void {
  useKeys({
    j: () => onStep(1), k: () => onStep(-1),
    ArrowDown: (event) => { event.preventDefault(); onStep(1); },
    ArrowUp: (event) => { event.preventDefault(); onStep(-1); },
    Enter: (event) => { if (!(event.target instanceof HTMLElement) || !event.target.closest('button, a')) onOpen(); },
  });
}
