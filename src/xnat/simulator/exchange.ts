/** A request as the simulator's handlers see it. */
export interface SimRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Reads the whole body. */
  readonly body: () => Promise<Uint8Array>;
}

/** An answer. Pieces are sent as they are made. */
export interface SimReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Iterable<string>;
}

/** Thrown by handlers to answer an error page. */
export class SimError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'SimError';
    this.status = status;
  }
}

/** Plain text. */
export function text(body: string, status = 200, contentType = 'text/plain'): SimReply {
  return { status, headers: { 'content-type': `${contentType};charset=UTF-8` }, body };
}

/** JSON. */
export function json(value: unknown, status = 200): SimReply {
  return { status, headers: { 'content-type': 'application/json;charset=UTF-8' }, body: JSON.stringify(value) };
}

/**
 * Restlet's error page. It is not well-formed XML, like the original: pyxnat's error reader crashes on well-formed ones.
 */
export function errorPage(status: number, message: string): SimReply {
  const body = `<html>
<head>
   <title>Status page</title>
</head>
<body>
<h3>${message.replace(/[<>&]/g, ' ')}</h3><p>You can get technical details <a href="http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html">here</a>.<br>
Please continue your visit at our <a href="/">home page</a>.
</p>
</body>
</html>
`;
  return { status, headers: { 'content-type': 'text/html;charset=UTF-8' }, body };
}

/** The page a browser gets when it is not logged in. */
export function loginPage(): SimReply {
  const body = `<!DOCTYPE html>
<html>
<head><title>XNAT Login</title>
<body>
<form name="form1" method="post" action="/login" id="login_form">
<input type="text" name="username"><input type="password" name="password"><br>
</form>
</body>
</html>
`;
  return { status: 200, headers: { 'content-type': 'text/html;charset=UTF-8' }, body };
}

/**
 * Parses a query string. XPaths in brackets hold "=" (`field[name=X]/field=V`), so a pair with brackets is cut after them.
 */
export function parseQuery(search: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of search.replace(/^\?/, '').split('&')) {
    if (pair === '') continue;
    const bracketed = /^([^=]*\[.*\][^=]*)=(.*)$/.exec(pair);
    const cut = pair.indexOf('=');
    const name = bracketed?.[1] ?? (cut < 0 ? pair : pair.slice(0, cut));
    const value = bracketed?.[2] ?? (cut < 0 ? '' : pair.slice(cut + 1));
    query.set(decode(name), decode(value));
  }
  return query;
}

/** Percent-decodes; broken escapes stay as they are. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}
