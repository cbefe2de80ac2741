import type { ReactNode } from 'react';

export function Panel({ title, extra, children, flush = false, className = '' }: { title?: ReactNode; extra?: ReactNode; children: ReactNode; flush?: boolean; className?: string }) {
  return (
    <section className={`panel ${className}`}>
      {title !== undefined && <div className="panel-head"><h2 style={{ fontSize: 13 }}>{title}</h2>{extra && <span className="end row">{extra}</span>}</div>}
      {flush ? children : <div className="panel-body">{children}</div>}
    </section>
  );
}
