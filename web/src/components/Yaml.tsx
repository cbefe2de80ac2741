/** A rule's text with its keys and comments told apart; no parser, since only the look depends on it. */
export function Yaml({ text }: { text: string }) {
  return (
    <pre className="yaml" tabIndex={0}>
      {text.split('\n').map((line, i) => {
        const comment = /^(\s*)(#.*)$/.exec(line);
        if (comment) return <span key={i}>{comment[1]}<span className="y-comment">{comment[2]}</span>{'\n'}</span>;
        const pair = /^(\s*(?:- )?)([^\s:#'"][^:#'"]*|'[^']*'|"[^"]*")(:)(\s.*)?$/.exec(line);
        if (pair) return <span key={i}>{pair[1]}<span className="y-key">{pair[2]}</span>{pair[3]}{pair[4] ?? ''}{'\n'}</span>;
        return <span key={i}>{line}{'\n'}</span>;
      })}
    </pre>
  );
}
