// Reads api/openapi.yaml and says what is wrong with an answer: for the mock in the unit tests, and for every
// answer that a page of the browser tests receives from the real server.
import { Ajv } from 'ajv';
import { parse } from 'yaml';

/** @param {string} text */
export function makeContract(text) {
  const document = parse(text);
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'contract', ...document });
  /** @type {{id: string, method: string, path: string, pattern: RegExp, operation: any}[]} */
  const operations = [];
  for (const [path, item] of Object.entries(/** @type {Record<string, any>} */ (document.paths))) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      const operation = item[method];
      if (operation) operations.push({ id: operation.operationId, method: method.toUpperCase(), path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`), operation });
    }
  }
  // A path without parameters is meant before one with: /events/suggest before /events/{seq}.
  operations.sort((a, b) => (a.path.match(/\{/g)?.length ?? 0) - (b.path.match(/\{/g)?.length ?? 0));
  /** @type {Map<string, import('ajv').ValidateFunction>} */
  const compiled = new Map();
  return {
    operations,
    /** @param {string} method @param {string} url @param {number} status @param {unknown} body @returns {string[]} */
    problems(method, url, status, body) {
      const path = url.replace(/^https?:\/\/[^/]+/, '').replace(/[?#].*$/, '');
      const found = operations.find((o) => o.method === method && o.pattern.test(path));
      if (!found) return [`${method} ${path} is not in the contract`];
      const { responses } = found.operation;
      let response = responses[String(status)] ?? (status >= 400 ? responses.default : undefined);
      if (!response) return [`${found.id}: status ${status} is not in the contract`];
      if (response.$ref) response = document.components.responses[response.$ref.split('/').pop()];
      const schema = response.content?.['application/json']?.schema;
      if (!schema) return body === undefined ? [] : [`${found.id}: ${status} should have no JSON body`];
      if (!schema.$ref) return [];
      let validate = compiled.get(schema.$ref);
      if (!validate) { validate = ajv.compile({ $ref: `contract${schema.$ref}` }); compiled.set(schema.$ref, validate); }
      return validate(body) ? [] : (validate.errors ?? []).slice(0, 5).map((e) => `${found.id} ${status}: ${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
    },
  };
}
