// Generated data for the mock server: devices of three example clients, ordinary traffic, and a few attacks in it.
// Deterministic for one seed and one time. Addresses are from the documentation ranges and private ones.

/** @typedef {import('../src/lib/api/types').Event} Event */
/** @typedef {import('../src/lib/api/types').Alert} Alert */
/** @typedef {import('../src/lib/api/types').Case} Case */
/** @typedef {import('../src/lib/api/types').Clock} Clock */
/** @typedef {import('../src/lib/api/types').Source} Source */
/** @typedef {import('../src/lib/api/types').TimelineEntry} TimelineEntry */
/** @typedef {import('../src/lib/api/types').MatchReason} MatchReason */
/** @typedef {import('../src/lib/api/types').RuleDetail} RuleDetail */
/** @typedef {import('../src/lib/api/types').Field} Field */
/** @typedef {import('../src/lib/api/types').Pack} Pack */
/** @typedef {import('../src/lib/api/types').Account} Account */
/** @typedef {import('../src/lib/api/types').Severity} Severity */

/** @param {number} seed */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    /** @param {number} from @param {number} to */
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    /** @template T @param {readonly T[]} list @returns {T} */
    pick: (list) => /** @type {T} */ (list[Math.floor(next() * list.length)]),
  };
}

export const tenants = [
  { name: 'hospital', display_name: '示例市第一医院', zone: 'Asia/Shanghai', created: '2026-09-01T01:00:00.000000Z' },
  { name: 'factory', display_name: '示例制造集团', zone: 'Asia/Shanghai', created: '2026-09-12T02:30:00.000000Z' },
  { name: 'university', display_name: '示例大学', zone: 'Asia/Shanghai', created: '2026-10-08T06:00:00.000000Z' },
];

/** @type {Account[]} */
export const accounts = [
  { name: 'admin', display_name: '管理员', role: 'admin', all_tenants: true, tenants: [], disabled: false, created: '2026-09-01T00:00:00.000000Z' },
  { name: 'analyst', display_name: '值守分析员', role: 'analyst', all_tenants: true, tenants: [], disabled: false, created: '2026-09-01T00:10:00.000000Z' },
  { name: 'expert', display_name: '二线专家', role: 'analyst', all_tenants: true, tenants: [], disabled: false, created: '2026-09-02T00:10:00.000000Z' },
  { name: 'client', display_name: '医院信息科', role: 'client', all_tenants: false, tenants: ['hospital'], disabled: false, created: '2026-09-03T00:10:00.000000Z' },
];

/** @type {[string, Field['type'], string, string, Field['group'], boolean][]} */
const fieldRows = [
  ['@timestamp', 'date', '产生时间', 'Time produced', 'time', true], ['event.ingested', 'date', '接收时间', 'Time received', 'time', true],
  ['user.name', 'keyword', '用户名', 'User', 'who', true], ['user.domain', 'keyword', '用户域', 'User domain', 'who', false], ['process.name', 'keyword', '进程', 'Process', 'who', false], ['process.command_line', 'text', '命令行', 'Command line', 'who', false], ['process.parent.name', 'keyword', '父进程', 'Parent process', 'who', false],
  ['source.ip', 'ip', '源地址', 'Source address', 'from', true], ['source.port', 'long', '源端口', 'Source port', 'from', true], ['source.bytes', 'long', '发送字节', 'Bytes sent', 'from', false],
  ['destination.ip', 'ip', '目的地址', 'Destination address', 'to', true], ['destination.port', 'long', '目的端口', 'Destination port', 'to', true], ['url.original', 'keyword', '请求地址', 'URL', 'to', false],
  ['event.action', 'keyword', '动作', 'Action', 'what', true], ['event.outcome', 'keyword', '结果', 'Outcome', 'what', false], ['event.category', 'keyword', '事件类别', 'Category', 'what', true], ['event.code', 'keyword', '事件代码', 'Event code', 'what', false], ['message', 'text', '摘要', 'Summary', 'what', true], ['http.request.method', 'keyword', '请求方法', 'Method', 'what', false], ['http.response.status_code', 'long', '响应码', 'Status code', 'what', false], ['user_agent.original', 'keyword', '客户端标识', 'User agent', 'what', false], ['rule.name', 'keyword', '设备策略', 'Device policy', 'what', false],
  ['network.transport', 'keyword', '网络协议', 'Transport', 'network', true], ['network.application', 'keyword', '应用协议', 'Application', 'network', false],
  ['host.name', 'keyword', '主机名', 'Host', 'device', false], ['observer.ip', 'ip', '设备地址', 'Device address', 'device', true], ['observer.name', 'keyword', '设备名称', 'Device name', 'device', true], ['observer.type', 'keyword', '设备类型', 'Device type', 'device', true], ['observer.vendor', 'keyword', '厂商', 'Vendor', 'device', false],
  ['shuwei.seq', 'long', '事件号', 'Event number', 'detection', false], ['shuwei.tenant', 'keyword', '客户', 'Client', 'detection', false], ['shuwei.pack', 'keyword', '解析包', 'Device pack', 'detection', false], ['shuwei.source', 'keyword', '数据源', 'Source', 'detection', false],
  ['event.original', 'text', '原始日志', 'Raw line', 'other', false],
];
/** @type {Field[]} */
export const fields = fieldRows.map(([name, type, label_zh, label_en, group, standard]) => ({ name, type, label_zh, label_en, group, standard }));

/** @type {[string, string, string, string, string, string, Pack['provenance'], number][]} */
const packRows = [
  ['linux_sshd', 'OpenSSH', 'sshd', 'Linux SSH 服务', 'Linux sshd', 'host', 'observed', 14], ['linux_sudo', 'Linux', 'sudo', 'Linux sudo 提权', 'Linux sudo', 'host', 'observed', 8], ['linux_auditd', 'Linux', 'auditd', 'Linux 审计', 'Linux auditd', 'host', 'observed', 16], ['linux_iptables', 'Linux', 'iptables', 'Linux 防火墙', 'Linux iptables', 'firewall', 'observed', 6],
  ['windows_security', 'Microsoft', 'Windows', 'Windows 安全日志', 'Windows Security', 'host', 'documented', 22], ['windows_sysmon', 'Microsoft', 'Sysmon', 'Windows Sysmon', 'Windows Sysmon', 'host', 'documented', 18], ['nginx_access', 'nginx', 'nginx', 'nginx 访问日志', 'nginx access', 'web', 'observed', 12], ['apache_access', 'Apache', 'httpd', 'Apache 访问日志', 'Apache access', 'web', 'observed', 9],
  ['huawei_usg', '华为', 'USG', '华为 USG 防火墙', 'Huawei USG firewall', 'firewall', 'documented', 15], ['h3c_secpath', '新华三', 'SecPath', '新华三 SecPath 防火墙', 'H3C SecPath firewall', 'firewall', 'documented', 13], ['cisco_asa', 'Cisco', 'ASA', 'Cisco ASA 防火墙', 'Cisco ASA firewall', 'firewall', 'documented', 17], ['fortigate', 'Fortinet', 'FortiGate', 'FortiGate 防火墙', 'FortiGate firewall', 'firewall', 'documented', 12],
  ['paloalto_panos', 'Palo Alto', 'PAN-OS', 'PAN-OS 防火墙', 'PAN-OS firewall', 'firewall', 'documented', 10], ['suricata_eve', 'OISF', 'Suricata', 'Suricata 入侵检测', 'Suricata EVE', 'ids', 'documented', 9], ['mysql_log', 'Oracle', 'MySQL', 'MySQL 日志', 'MySQL logs', 'database', 'observed', 7], ['postgresql_log', 'PostgreSQL', 'PostgreSQL', 'PostgreSQL 日志', 'PostgreSQL logs', 'database', 'observed', 8],
];

/** @typedef {{name: string, tenant: string, peer: string, host: string, pack?: string, type: string, vendor: string, weight: number, silent?: boolean, drift?: number, proposed?: boolean}} Device */
/** @type {Device[]} */
const devices = [
  { name: '门诊出口防火墙', tenant: 'hospital', peer: '10.20.0.1', host: 'HOSP-USG-01', pack: 'huawei_usg', type: 'firewall', vendor: '华为', weight: 26 },
  { name: 'HIS 应用服务器', tenant: 'hospital', peer: '10.20.8.11', host: 'his-app-01', pack: 'linux_sshd', type: 'host', vendor: 'OpenSSH', weight: 9 },
  { name: '互联网医院门户', tenant: 'hospital', peer: '10.20.9.20', host: 'portal-web', pack: 'nginx_access', type: 'web', vendor: 'nginx', weight: 22 },
  { name: '医院域控制器', tenant: 'hospital', peer: '10.20.1.5', host: 'HOSP-DC01', pack: 'windows_security', type: 'host', vendor: 'Microsoft', weight: 12 },
  { name: '影像存储 PACS', tenant: 'hospital', peer: '10.20.8.40', host: 'pacs-db', pack: 'mysql_log', type: 'database', vendor: 'Oracle', weight: 2, silent: true },
  { name: '生产网边界', tenant: 'factory', peer: '172.16.0.254', host: 'FAC-FGT-100F', pack: 'fortigate', type: 'firewall', vendor: 'Fortinet', weight: 20 },
  { name: 'MES 跳板机', tenant: 'factory', peer: '172.16.4.7', host: 'mes-jump', pack: 'linux_sshd', type: 'host', vendor: 'OpenSSH', weight: 7, drift: -187 },
  { name: '办公终端 Sysmon 汇聚', tenant: 'factory', peer: '172.16.2.30', host: 'WEC-02', pack: 'windows_sysmon', type: 'host', vendor: 'Microsoft', weight: 12 },
  { name: '车间温控网关', tenant: 'factory', peer: '172.16.9.3', host: 'th-gw', type: 'other', vendor: '', weight: 2, proposed: true },
  { name: '校园网核心防火墙', tenant: 'university', peer: '10.80.0.2', host: 'CAMPUS-F5000', pack: 'h3c_secpath', type: 'firewall', vendor: '新华三', weight: 18 },
  { name: '教务系统前端', tenant: 'university', peer: '10.80.12.6', host: 'jwc-web', pack: 'nginx_access', type: 'web', vendor: 'nginx', weight: 15, proposed: true },
  { name: '科研计算登录节点', tenant: 'university', peer: '10.80.30.1', host: 'hpc-login', pack: 'linux_sshd', type: 'host', vendor: 'OpenSSH', weight: 8, drift: -28800, proposed: true },
];

const users = ['root', 'zabbix', 'deploy', 'oracle', 'backup', 'his_app', 'svc_mes', 'jwadmin', 'nurse03', 'ops'];
const outside = ['203.0.113.45', '203.0.113.77', '198.51.100.23', '198.51.100.140', '192.0.2.61', '192.0.2.188'];
const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** China's wall clock, as the devices write it. @param {number} at */
function wall(at) { return new Date(at + 8 * 3_600_000); }
/** @param {number} at */
function rfc3164(at) { const d = wall(at); return `${months[d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2, ' ')} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`; }
/** @param {number} at */
export function stamp(at) { return new Date(at).toISOString().replace('Z', '000Z'); }

/** @param {ReturnType<typeof randomFrom>} r @param {Device} device */
function insideAddress(r, device) { return `${device.peer.split('.').slice(0, 2).join('.')}.${r.int(1, 40)}.${r.int(2, 250)}`; }

/**
 * One ordinary event, or the event that `given` describes.
 * @param {ReturnType<typeof randomFrom>} r @param {Device} device @param {number} at @param {Record<string, any>} [given] @returns {Record<string, unknown>}
 */
function makeEvent(r, device, at, given = {}) {
  const d = wall(at);
  const base = { 'host.name': device.host, 'observer.ip': device.peer, 'observer.name': device.name, 'observer.type': device.type, ...(device.vendor ? { 'observer.vendor': device.vendor } : {}) };
  if (device.pack === 'linux_sshd') {
    const ip = given.ip ?? (r.next() < 0.3 ? r.pick(outside) : insideAddress(r, device));
    const user = given.user ?? r.pick(users);
    const ok = given.ok ?? r.next() < 0.55;
    const port = r.int(30000, 65000);
    const invalid = !ok && r.next() < 0.4 ? 'invalid user ' : '';
    return { ...base, 'event.original': `<${ok ? 38 : 36}>${rfc3164(at)} ${device.host} sshd[${r.int(900, 32000)}]: ${ok ? 'Accepted' : 'Failed'} password for ${invalid}${user} from ${ip} port ${port} ssh2`, 'event.action': 'ssh_login', 'event.outcome': ok ? 'success' : 'failure', 'event.category': 'authentication', 'user.name': user, 'source.ip': ip, 'source.port': port, 'destination.ip': device.peer, 'destination.port': 22, 'network.transport': 'tcp', 'network.application': 'ssh', 'process.name': 'sshd', message: `${ok ? '登录成功' : '登录失败'}：${user}` };
  }
  if (device.pack === 'nginx_access') {
    const ip = given.ip ?? (r.next() < 0.7 ? r.pick(outside) : insideAddress(r, device));
    const url = given.url ?? r.pick(['/', '/index.html', '/api/v2/registration/list?page=3', '/static/app.8f2c.js', '/login', '/api/v2/report/20261120', '/favicon.ico', '/news/1203.html', '/course/select?term=2026-1']);
    const status = given.status ?? r.pick([200, 200, 200, 200, 304, 302, 404]);
    const agent = given.agent ?? 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36';
    const bytes = r.int(180, 42000);
    return { ...base, 'event.original': `${ip} - - [${two(d.getUTCDate())}/${months[d.getUTCMonth()]}/${d.getUTCFullYear()}:${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0800] "GET ${url} HTTP/1.1" ${status} ${bytes} "-" "${agent}"`, 'event.action': 'http_request', 'event.outcome': status < 400 ? 'success' : 'failure', 'event.category': 'web', 'source.ip': ip, 'destination.ip': device.peer, 'destination.port': 443, 'url.original': url, 'http.request.method': 'GET', 'http.response.status_code': status, 'user_agent.original': agent, 'source.bytes': bytes, 'network.application': 'http', message: `GET ${url} ${status}` };
  }
  if (device.pack === 'huawei_usg' || device.pack === 'h3c_secpath' || device.pack === 'fortigate') {
    const outward = r.next() < 0.65;
    const ip = given.ip ?? (outward ? insideAddress(r, device) : r.pick(outside));
    const to = given.to ?? (outward ? r.pick(['192.0.2.10', '198.51.100.8', '203.0.113.200']) : insideAddress(r, device));
    const port = given.port ?? r.pick([443, 443, 80, 53, 22, 3389, 1433, 8080]);
    const permit = given.permit ?? (outward || r.next() < 0.3);
    const sport = r.int(20000, 65000);
    const policy = permit ? 'trust_to_untrust' : 'default_deny';
    const when = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
    const line = device.pack === 'huawei_usg' ? `<190>${when} ${device.host} %%01POLICY/6/POLICY${permit ? 'PERMIT' : 'DENY'}(l):vsys=public, protocol=6, source-ip=${ip}, source-port=${sport}, destination-ip=${to}, destination-port=${port}, time=${when}, source-zone=${outward ? 'trust' : 'untrust'}, destination-zone=${outward ? 'untrust' : 'trust'}, rule-name=${policy}.`
      : device.pack === 'h3c_secpath' ? `<190>${rfc3164(at)} ${d.getUTCFullYear()} ${device.host} %%10FILTER/6/FILTER_ZONE_IPV4_EXECUTION: SrcZoneName(1025)=${outward ? 'Trust' : 'Untrust'};DstZoneName(1035)=${outward ? 'Untrust' : 'Trust'};Protocol(1001)=TCP;SrcIPAddr(1003)=${ip};SrcPort(1004)=${sport};DstIPAddr(1007)=${to};DstPort(1008)=${port};Action(1053)=${permit ? 'Permit' : 'Deny'};`
        : `<189>date=${when.slice(0, 10)} time=${when.slice(11)} devname="${device.host}" devid="FG100F0000000000" logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=${ip} srcport=${sport} dstip=${to} dstport=${port} proto=6 action="${permit ? 'accept' : 'deny'}" policyid=${permit ? 12 : 0} sentbyte=${r.int(60, 90000)}`;
    return { ...base, 'event.original': line, 'event.action': permit ? 'permit' : 'deny', 'event.outcome': permit ? 'success' : 'failure', 'event.category': 'network', 'source.ip': ip, 'source.port': sport, 'destination.ip': to, 'destination.port': port, 'network.transport': 'tcp', 'rule.name': policy, message: `${permit ? '放行' : '拦截'} ${ip} → ${to}:${port}` };
  }
  if (device.pack === 'windows_security') {
    const ok = given.ok ?? r.next() < 0.8;
    const user = given.user ?? r.pick(users);
    const ip = given.ip ?? insideAddress(r, device);
    const code = ok ? '4624' : '4625';
    return { ...base, 'event.original': JSON.stringify({ Event: { System: { Provider: 'Microsoft-Windows-Security-Auditing', EventID: Number(code), Computer: `${device.host}.example.local`, TimeCreated: new Date(at).toISOString() }, EventData: { TargetUserName: user, TargetDomainName: 'EXAMPLE', LogonType: 3, IpAddress: ip, ...(ok ? {} : { Status: '0xc000006d', SubStatus: '0xc000006a' }) } } }), 'event.action': 'logon', 'event.outcome': ok ? 'success' : 'failure', 'event.code': code, 'event.category': 'authentication', 'user.name': user, 'user.domain': 'EXAMPLE', 'source.ip': ip, 'destination.ip': device.peer, 'winlog.event_data.LogonType': 3, message: `${ok ? '网络登录成功' : '登录失败：密码错误'}（${user}）` };
  }
  if (device.pack === 'windows_sysmon') {
    const command = given.command ?? r.pick(['C:\\Windows\\System32\\svchost.exe -k netsvcs', '"C:\\Program Files\\WPS Office\\wps.exe" 生产日报.xlsx', 'C:\\Windows\\System32\\taskhostw.exe', 'ping 172.16.0.254 -n 1']);
    const image = given.image ?? command.replace(/^"?([^"]*?\.exe|ping).*$/, '$1');
    const parent = given.parent ?? 'explorer.exe';
    const user = given.user ?? r.pick(['FACTORY\\svc_mes', 'FACTORY\\ops', 'NT AUTHORITY\\SYSTEM']);
    const host = given.host ?? `PC-${r.int(100, 180)}`;
    return { ...base, 'host.name': host, 'event.original': JSON.stringify({ EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: host, UtcTime: new Date(at).toISOString(), Image: image, CommandLine: command, ParentImage: parent, User: user, IntegrityLevel: 'High' }), 'event.action': 'process_start', 'event.outcome': 'success', 'event.code': '1', 'event.category': 'process', 'user.name': user, 'process.name': String(image).split('\\').pop(), 'process.command_line': command, 'process.parent.name': parent, message: command };
  }
  if (device.pack === 'mysql_log') {
    return { ...base, 'event.original': `${new Date(at).toISOString()} ${r.int(10, 90)} [Note] [MY-010926] [Server] Access denied for user 'pacs'@'10.20.8.41' (using password: YES)`, 'event.action': 'db_login', 'event.outcome': 'failure', 'event.category': 'database', 'user.name': 'pacs', 'source.ip': '10.20.8.41', message: '数据库登录被拒绝' };
  }
  return { ...base, 'event.original': `TH#${r.int(1, 9)} T=${r.int(18, 31)}.${r.int(0, 9)} H=${r.int(30, 70)}% FAN=${r.pick(['ON', 'OFF'])} 状态=正常` };
}

/**
 * @typedef {object} Episode
 * @property {string} rule @property {string} device @property {number} hoursAgo @property {number} minutes @property {number} count
 * @property {Record<string, any>} given @property {Alert['entities']} entities @property {MatchReason[]} matches @property {Partial<Alert>} [more] @property {Record<string, any>} [last]
 */

/** @type {{id: string, title: string, level: Severity, tags: string[], stage: string, description: string, logsource: string, advice: string[], condition: string, yaml: string, kind?: 'rule' | 'correlation'}[]} */
const rules = [
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0001', title: 'SSH 口令猜测后登录成功', level: 'critical', kind: 'correlation', tags: ['attack.credential-access', 'attack.t1110.001'], stage: 'credential-access', description: '同一来源短时间内多次 SSH 登录失败，随后登录成功，口令很可能已被猜中。', logsource: 'linux / sshd', condition: 'failed_logins >= 10 then accepted', advice: ['联系资产负责人确认该来源是否为本单位人员。', '立即修改该账号口令，核查 ~/.ssh/authorized_keys。', '检查登录之后的命令历史、计划任务和新增账号。', '在边界设备上封禁该来源地址。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0002', title: 'SSH 口令暴力猜测', level: 'high', kind: 'correlation', tags: ['attack.credential-access', 'attack.t1110'], stage: 'credential-access', description: '十分钟内来自同一地址的 SSH 登录失败达到阈值。', logsource: 'linux / sshd', condition: 'event_count', advice: ['确认目标主机是否有必要对外开放 SSH。', '改用密钥登录，限制来源地址。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0003', title: 'Web 请求中的 SQL 注入特征', level: 'high', tags: ['attack.initial-access', 'attack.t1190'], stage: 'initial-access', description: '请求参数中出现联合查询、恒真条件或注释截断等注入写法。', logsource: 'webserver', condition: 'keywords_union or keywords_boolean', advice: ['查看响应码和响应长度，判断注入是否得手。', '检查应用日志与数据库审计中的对应语句。', '在 WAF 上对该接口启用拦截策略。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0004', title: '目录穿越读取系统文件', level: 'medium', tags: ['attack.initial-access', 'attack.t1190'], stage: 'initial-access', description: '请求路径试图跳出站点目录读取系统文件。', logsource: 'webserver', condition: 'selection', advice: ['确认响应码是否为 200。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0005', title: 'PowerShell 编码命令下载执行', level: 'critical', tags: ['attack.execution', 'attack.t1059.001', 'attack.t1105'], stage: 'execution', description: 'Office 程序启动 PowerShell 并带有编码命令，常见于钓鱼文档落地后的第一步。', logsource: 'windows / process_creation', condition: 'selection_img and selection_enc and selection_parent', advice: ['隔离该终端，保留内存与磁盘证据。', '解码命令，提取下载地址并在全网检索。', '联系使用者确认是否打开过可疑附件。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0006', title: '清除 Windows 事件日志', level: 'high', tags: ['attack.defense-evasion', 'attack.t1070.001'], stage: 'defense-evasion', description: '通过 wevtutil 清除事件日志，正常运维极少使用。', logsource: 'windows / process_creation', condition: 'selection', advice: ['确认是否为计划内维护。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0007', title: '同一来源扫描多个端口', level: 'medium', kind: 'correlation', tags: ['attack.discovery', 'attack.t1046'], stage: 'discovery', description: '五分钟内同一来源访问的不同目的端口数达到阈值。', logsource: 'firewall', condition: 'value_count', advice: ['确认是否为授权的漏洞扫描。', '内网来源按失陷主机处理。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0008', title: '域账号多次登录失败', level: 'low', kind: 'correlation', tags: ['attack.credential-access', 'attack.t1110.003'], stage: 'credential-access', description: '域控制器上同一账号登录失败次数偏多。', logsource: 'windows / security', condition: 'event_count', advice: ['核实是否为口令过期后服务仍用旧口令。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0009', title: '扫描器客户端标识', level: 'informational', tags: ['attack.reconnaissance', 'attack.t1595'], stage: 'reconnaissance', description: '请求带有常见扫描工具的客户端标识。', logsource: 'webserver', condition: 'selection', advice: ['若为授权扫描可标记为正常业务。'], yaml: '' },
  { id: '0f3a1c52-7b1d-4c1e-9a55-1d1f0a5f0010', title: '计划任务持久化', level: 'medium', tags: ['attack.persistence', 'attack.t1053.005'], stage: 'persistence', description: '用 schtasks 创建开机或登录时运行的任务。', logsource: 'windows / process_creation', condition: 'selection', advice: ['核对任务内容与创建人。'], yaml: '' },
];
for (const rule of rules) {
  rule.yaml = `title: ${rule.title}\nid: ${rule.id}\nstatus: test\ndescription: ${rule.description}\ntags:\n${rule.tags.map((tag) => `  - ${tag}`).join('\n')}\nlogsource:\n  product: ${rule.logsource.split(' / ')[0]}\n${rule.kind === 'correlation' ? `correlation:\n  type: ${rule.condition.includes('value') ? 'value_count' : 'event_count'}\n  rules:\n    - failed_login\n  group-by:\n    - source.ip\n    - destination.ip\n  timespan: 10m\n  condition:\n    gte: 10` : `detection:\n  selection:\n    CommandLine|contains:\n      - ' -enc '\n      - 'FromBase64String'\n  condition: ${rule.condition}`}\nfalsepositives:\n  - 管理员的批量运维脚本\nlevel: ${rule.level}\n`;
}

const fixMinutes = { general: 3 * 1440, serious: 2 * 1440, urgent: 1440 };
const respondMinutes = { general: 120, serious: 60, urgent: 5 };

/**
 * Everything the mock server knows.
 * @param {{now: number, scale: 'empty' | 'normal' | 'many', seed?: number}} options
 */
export function makeWorld({ now, scale, seed = 20261121 }) {
  const r = randomFrom(seed);
  const empty = scale === 'empty';
  const wanted = empty ? 0 : scale === 'many' ? 40_000 : 7_000;
  const day = 86_400_000;
  /** @type {{at: number, device: Device, body: Record<string, unknown>, episode?: number}[]} */
  const rough = [];
  const weights = devices.flatMap((device) => Array.from({ length: device.weight }, () => device));
  for (let i = 0; i < wanted; i += 1) {
    // More by day than by night, by China's clock.
    let at = now - r.next() * 2 * day;
    const hour = wall(at).getUTCHours();
    if ((hour < 7 || hour > 21) && r.next() < 0.6) at = now - r.next() * day * 0.4;
    const device = r.pick(weights);
    if (device.silent && at > now - 7 * 3_600_000) continue;
    rough.push({ at, device, body: makeEvent(r, device, at) });
  }
  const byName = new Map(devices.map((device) => [device.name, device]));
  /** @type {Episode[]} */
  const episodes = empty ? [] : [
    { rule: '0001', device: 'HIS 应用服务器', hoursAgo: 0.35, minutes: 9, count: 64, given: { ip: '203.0.113.45', user: 'root', ok: false }, last: { ip: '203.0.113.45', user: 'root', ok: true }, entities: { source: { kind: 'ip', value: '203.0.113.45', field: 'source.ip' }, target: { kind: 'host', value: 'his-app-01', field: 'host.name' } }, matches: [{ selection: 'failed_login', field: 'event.outcome', patterns: ['failure'], value: 'failure' }, { selection: 'failed_login', field: 'message', rule_field: 'keywords', modifier: 'contains', patterns: ['Failed password'], value: 'Failed password for root from 203.0.113.45' }] },
    { rule: '0005', device: '办公终端 Sysmon 汇聚', hoursAgo: 1.2, minutes: 2, count: 3, given: { host: 'PC-137', image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', command: 'powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA', parent: 'C:\\Program Files\\Microsoft Office\\WINWORD.EXE', user: 'FACTORY\\ops' }, entities: { source: { kind: 'user', value: 'FACTORY\\ops', field: 'user.name' }, target: { kind: 'host', value: 'PC-137', field: 'host.name' } }, matches: [{ selection: 'selection_img', field: 'process.name', rule_field: 'Image', modifier: 'endswith', patterns: ['\\powershell.exe'], value: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe' }, { selection: 'selection_enc', field: 'process.command_line', rule_field: 'CommandLine', modifier: 'contains', patterns: [' -enc '], value: 'powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA' }, { selection: 'selection_parent', field: 'process.parent.name', rule_field: 'ParentImage', modifier: 'endswith', patterns: ['\\WINWORD.EXE', '\\EXCEL.EXE'], value: 'C:\\Program Files\\Microsoft Office\\WINWORD.EXE' }] },
    { rule: '0003', device: '互联网医院门户', hoursAgo: 2.6, minutes: 34, count: 147, given: { ip: '198.51.100.23', url: "/api/v2/report/query?id=1'%20UNION%20SELECT%20username,password%20FROM%20sys_user--", status: 403, agent: 'sqlmap/1.8.9#stable (https://sqlmap.org)' }, entities: { source: { kind: 'ip', value: '198.51.100.23', field: 'source.ip' }, target: { kind: 'host', value: 'portal-web', field: 'host.name' } }, matches: [{ selection: 'keywords_union', field: 'url.original', rule_field: 'cs-uri-query', modifier: 'contains', patterns: ['UNION%20SELECT'], value: "/api/v2/report/query?id=1'%20UNION%20SELECT%20username,password%20FROM%20sys_user--" }] },
    { rule: '0002', device: '科研计算登录节点', hoursAgo: 5.1, minutes: 58, count: 412, given: { ip: '192.0.2.188', ok: false }, entities: { source: { kind: 'ip', value: '192.0.2.188', field: 'source.ip' }, target: { kind: 'host', value: 'hpc-login', field: 'host.name' } }, matches: [{ selection: 'failed_login', field: 'event.outcome', patterns: ['failure'], value: 'failure' }] },
    { rule: '0007', device: '生产网边界', hoursAgo: 3.4, minutes: 6, count: 88, given: { ip: '172.16.2.91', to: '172.16.4.7', permit: false }, entities: { source: { kind: 'ip', value: '172.16.2.91', field: 'source.ip', label: '办公网终端' }, target: { kind: 'ip', value: '172.16.4.7', field: 'destination.ip', label: 'MES 跳板机' } }, matches: [{ selection: 'denied', field: 'event.action', patterns: ['deny'], value: 'deny' }] },
    { rule: '0004', device: '教务系统前端', hoursAgo: 8.2, minutes: 4, count: 19, given: { ip: '203.0.113.77', url: '/download?file=../../../../etc/passwd', status: 404 }, entities: { source: { kind: 'ip', value: '203.0.113.77', field: 'source.ip' }, target: { kind: 'host', value: 'jwc-web', field: 'host.name' } }, matches: [{ selection: 'selection', field: 'url.original', modifier: 'contains', patterns: ['../../'], value: '/download?file=../../../../etc/passwd' }] },
    { rule: '0006', device: '办公终端 Sysmon 汇聚', hoursAgo: 1.0, minutes: 1, count: 2, given: { host: 'PC-137', image: 'C:\\Windows\\System32\\wevtutil.exe', command: 'wevtutil.exe cl Security', parent: 'powershell.exe', user: 'FACTORY\\ops' }, entities: { source: { kind: 'user', value: 'FACTORY\\ops', field: 'user.name' }, target: { kind: 'host', value: 'PC-137', field: 'host.name' } }, matches: [{ selection: 'selection', field: 'process.command_line', rule_field: 'CommandLine', modifier: 'contains', patterns: [' cl '], value: 'wevtutil.exe cl Security' }] },
    { rule: '0010', device: '办公终端 Sysmon 汇聚', hoursAgo: 0.9, minutes: 1, count: 1, given: { host: 'PC-137', image: 'C:\\Windows\\System32\\schtasks.exe', command: 'schtasks /create /tn "WPS Update" /tr C:\\Users\\Public\\u.exe /sc onlogon', parent: 'powershell.exe', user: 'FACTORY\\ops' }, entities: { source: { kind: 'user', value: 'FACTORY\\ops', field: 'user.name' }, target: { kind: 'host', value: 'PC-137', field: 'host.name' } }, matches: [{ selection: 'selection', field: 'process.command_line', rule_field: 'CommandLine', modifier: 'contains', patterns: ['/create'], value: 'schtasks /create /tn "WPS Update" /tr C:\\Users\\Public\\u.exe /sc onlogon' }] },
    { rule: '0008', device: '医院域控制器', hoursAgo: 10.5, minutes: 180, count: 36, given: { user: 'nurse03', ip: '10.20.14.33', ok: false }, entities: { source: { kind: 'ip', value: '10.20.14.33', field: 'source.ip' }, target: { kind: 'user', value: 'nurse03', field: 'user.name' } }, matches: [{ selection: 'failed', field: 'event.code', patterns: ['4625'], value: '4625' }] },
    { rule: '0009', device: '互联网医院门户', hoursAgo: 6.3, minutes: 12, count: 55, given: { ip: '192.0.2.61', url: '/.git/config', status: 404, agent: 'Mozilla/5.0 zgrab/0.x' }, entities: { source: { kind: 'ip', value: '192.0.2.61', field: 'source.ip' }, target: { kind: 'host', value: 'portal-web', field: 'host.name' } }, matches: [{ selection: 'selection', field: 'user_agent.original', modifier: 'contains', patterns: ['zgrab'], value: 'Mozilla/5.0 zgrab/0.x' }] },
    { rule: '0002', device: 'MES 跳板机', hoursAgo: 13.7, minutes: 41, count: 128, given: { ip: '198.51.100.140', ok: false }, entities: { source: { kind: 'ip', value: '198.51.100.140', field: 'source.ip' }, target: { kind: 'host', value: 'mes-jump', field: 'host.name' } }, matches: [{ selection: 'failed_login', field: 'event.outcome', patterns: ['failure'], value: 'failure' }], more: { state: 'closed', verdict: 'true_positive' } },
    { rule: '0009', device: '教务系统前端', hoursAgo: 16.2, minutes: 20, count: 210, given: { ip: '192.0.2.61', url: '/phpmyadmin/', status: 404, agent: 'Nuclei - Open-source project' }, entities: { source: { kind: 'ip', value: '192.0.2.61', field: 'source.ip' }, target: { kind: 'host', value: 'jwc-web', field: 'host.name' } }, matches: [{ selection: 'selection', field: 'user_agent.original', modifier: 'contains', patterns: ['Nuclei'], value: 'Nuclei - Open-source project' }], more: { state: 'closed', verdict: 'benign' } },
  ];
  if (scale === 'many') {
    const models = episodes.slice();
    for (let i = 0; i < 460; i += 1) {
      const model = /** @type {Episode} */ (models[i % models.length]);
      episodes.push({ ...model, hoursAgo: r.next() * 46, minutes: r.int(1, 30), count: r.int(1, 14), entities: { source: { kind: 'ip', value: `198.51.100.${r.int(2, 250)}`, field: 'source.ip' }, target: model.entities.target ?? { kind: 'host', value: 'unknown' } } });
    }
  }
  episodes.forEach((episode, n) => {
    const device = /** @type {Device} */ (byName.get(episode.device));
    const start = now - episode.hoursAgo * 3_600_000;
    for (let i = 0; i < episode.count; i += 1) {
      const at = Math.min(now - 4000, start + (episode.minutes * 60_000 * i) / Math.max(1, episode.count) + r.next() * 800);
      rough.push({ at, device, episode: n, body: makeEvent(r, device, at, i === episode.count - 1 && episode.last ? episode.last : episode.given) });
    }
  });
  rough.sort((a, b) => a.at - b.at);
  let seq = 118_400;
  /** @type {Map<number, Event[]>} */
  const ofEpisode = new Map();
  /** @type {Event[]} */
  const events = rough.map(({ at, device, body, episode }) => {
    seq += 1;
    const event = /** @type {Event} */ (/** @type {unknown} */ ({ '@timestamp': stamp(at), 'event.ingested': stamp(at + (device.drift ? -device.drift * 1000 : r.int(20, 900))), ...body, 'shuwei.seq': seq, 'shuwei.tenant': device.tenant, 'shuwei.source': device.name, ...(device.pack ? { 'shuwei.pack': device.pack } : {}) }));
    if (episode !== undefined) ofEpisode.set(episode, [...(ofEpisode.get(episode) ?? []), event]);
    return event;
  });
  events.reverse();

  /** @type {Alert[]} */
  const alerts = episodes.map((episode, n) => {
    const rule = /** @type {typeof rules[number]} */ (rules.find((candidate) => candidate.id.endsWith(episode.rule)));
    const mine = /** @type {Event[]} */ (ofEpisode.get(n));
    const first = Date.parse(/** @type {Event} */ (mine[0])['@timestamp']);
    const last = Date.parse(/** @type {Event} */ (mine[mine.length - 1])['@timestamp']);
    const sparkline = Array.from({ length: 24 }, () => 0);
    for (const event of mine) { const at = Math.min(23, Math.floor(((Date.parse(event['@timestamp']) - first) / Math.max(1, last - first)) * 24)); sparkline[at] = (sparkline[at] ?? 0) + 1; }
    const device = /** @type {Device} */ (byName.get(episode.device));
    return {
      id: 4100 + n, tenant: device.tenant, rule_id: rule.id, rule_title: rule.title, severity: rule.level, state: 'open', verdict: 'undetermined', count: mine.length,
      first_seen: stamp(first), last_seen: stamp(last), entities: episode.entities, tags: rule.tags, stage: rule.stage, sparkline, rule_description: rule.description, advice: rule.advice,
      reason: { condition: rule.condition, matches: episode.matches, ...(rule.kind === 'correlation' ? { correlation: { type: rule.condition === 'value_count' ? /** @type {const} */ ('value_count') : /** @type {const} */ ('event_count'), count: mine.length, threshold: 'gte 10', window_s: 600, ...(rule.condition === 'value_count' ? { field: 'destination.port' } : {}), group_by: [episode.entities.source, episode.entities.target].flatMap((e) => (e?.field ? [{ field: e.field, value: e.value }] : [])) } } : {}) },
      first_events: mine.slice(0, 5), last_events: mine.slice(5).slice(-5).reverse(), ...episode.more,
    };
  });

  /** @type {Case[]} */
  const cases = [];
  /** @type {Map<string, TimelineEntry[]>} */
  const timelines = new Map();
  let entryId = 900;
  /** @param {{from: Alert[], title: string, level: Case['level'], opened: number, state: Case['state'], owner?: Account, verdict?: Case['verdict'], responded?: number, fixed?: number, paused?: string, notes?: [number, string, string][]}} o */
  const addCase = (o) => {
    const d = wall(o.opened);
    const prefix = `SW-${d.getUTCFullYear()}${two(d.getUTCMonth() + 1)}${two(d.getUTCDate())}`;
    const number = `${prefix}-${String(cases.filter((c) => c.number.startsWith(prefix)).length + 1).padStart(4, '0')}`;
    /** @param {Clock['name']} name @param {number} minutes @param {number | undefined} stopped @returns {Clock} */
    const clock = (name, minutes, stopped) => {
      const due = o.opened + minutes * 60_000;
      const paused = o.paused !== undefined && stopped === undefined;
      return { name, started: stamp(o.opened), due: stamp(due), total_s: minutes * 60, remaining_s: Math.round((due - (stopped ?? now)) / 1000), state: stopped !== undefined ? (stopped <= due ? 'met' : 'missed') : paused ? 'paused' : now > due ? 'missed' : 'running', ...(stopped !== undefined ? { stopped: stamp(stopped) } : {}), ...(paused ? { pause_reason: o.paused } : {}) };
    };
    const head = /** @type {Alert} */ (o.from[0]);
    for (const alert of o.from) alert.case_number = number;
    /** @type {TimelineEntry[]} */
    const line = [];
    /** @param {number} at @param {Partial<TimelineEntry> & {kind: TimelineEntry['kind']}} rest */
    const entry = (at, rest) => { entryId += 1; line.push({ id: entryId, at: stamp(at), actor: { kind: 'system', name: 'triage' }, ...rest }); };
    entry(o.opened, { kind: 'opened' });
    for (const alert of o.from) entry(o.opened + 400, { kind: 'alert_attached', link: { kind: 'alert', id: String(alert.id), title: alert.rule_title } });
    entry(o.opened + 500, { kind: 'clock_started', from: 'respond' });
    entry(o.opened + 500, { kind: 'clock_started', from: 'fix' });
    const who = o.owner ? { kind: /** @type {const} */ ('person'), name: o.owner.name, display_name: o.owner.display_name } : undefined;
    if (who && o.owner) {
      const at = o.responded ?? o.opened + 240_000;
      entry(at, { kind: 'owner', to: o.owner.name, actor: who });
      entry(at + 1000, { kind: 'state', from: 'new', to: 'in_progress', actor: who });
      entry(at + 1200, { kind: at <= o.opened + respondMinutes[o.level] * 60_000 ? 'clock_met' : 'clock_missed', from: 'respond' });
    }
    for (const [minutes, name, text] of o.notes ?? []) {
      const account = accounts.find((a) => a.name === name);
      entry(o.opened + minutes * 60_000, { kind: 'note', text, actor: { kind: 'person', name, display_name: account?.display_name ?? name } });
    }
    if (o.paused && who) entry(now - 40 * 60_000, { kind: 'state', from: 'in_progress', to: 'on_hold', text: o.paused, actor: who });
    if (o.fixed && who) { entry(o.fixed, { kind: 'state', from: 'in_progress', to: 'resolved', actor: who }); entry(o.fixed + 300, { kind: 'clock_met', from: 'fix' }); }
    const updated = line[line.length - 1];
    cases.push({
      number, tenant: head.tenant, title: o.title, severity: head.severity, level: o.level, state: o.state, verdict: o.verdict ?? 'undetermined', opened: stamp(o.opened), updated: updated ? updated.at : stamp(o.opened), scheme: { name: 'managed-security', title_zh: '安全托管服务', title_en: 'Managed security' },
      opened_by: { kind: 'system', name: 'triage' }, clocks: [clock('respond', respondMinutes[o.level], o.responded ?? (o.owner ? o.opened + 240_000 : undefined)), clock('fix', fixMinutes[o.level], o.fixed)],
      alert_count: o.from.length, event_count: o.from.reduce((n, a) => n + a.count, 0), entities: head.entities, ...(o.owner ? { owner: { name: o.owner.name, display_name: o.owner.display_name } } : {}),
    });
    timelines.set(number, line);
  };
  if (!empty) {
    const analyst = accounts[1];
    const expert = accounts[2];
    const hour = 3_600_000;
    /** @param {number[]} ids */
    const pick = (...ids) => ids.map((id) => /** @type {Alert} */ (alerts[id]));
    addCase({ from: pick(0), title: 'HIS 应用服务器 root 口令被猜中', level: 'urgent', opened: now - 0.2 * hour, state: 'new' });
    addCase({ from: pick(1, 6, 7), title: '办公终端 PC-137 疑似钓鱼文档执行', level: 'urgent', opened: now - 1.1 * hour, state: 'in_progress', owner: analyst, notes: [[12, 'analyst', '已电话联系车间办公室，使用者承认打开过“生产日报”附件。终端已断网，正在取证。'], [31, 'expert', '解码后为下载器，目标 198.51.100.8，防火墙日志中无成功外联记录。']] });
    addCase({ from: pick(2), title: '互联网医院门户遭 SQL 注入探测', level: 'serious', opened: now - 2.5 * hour, state: 'in_progress', owner: expert, notes: [[45, 'client', '该接口由第三方维护，已通知厂商下午三点前给出修复计划。']] });
    addCase({ from: pick(4), title: '办公网终端扫描 MES 跳板机', level: 'serious', opened: now - 3.3 * hour, state: 'on_hold', owner: analyst, paused: '等待客户确认该终端使用人', responded: now - 2.1 * hour });
    addCase({ from: pick(3), title: '科研计算登录节点遭口令猜测', level: 'general', opened: now - 70.4 * hour, state: 'in_progress', owner: expert, responded: now - 68 * hour });
    addCase({ from: pick(10), title: 'MES 跳板机遭口令猜测', level: 'general', opened: now - 13.2 * hour, state: 'resolved', owner: analyst, fixed: now - 9 * hour, verdict: 'true_positive' });
    if (scale === 'many') for (let i = 20; i < 260; i += 1) { const alert = /** @type {Alert} */ (alerts[i]); addCase({ from: [alert], title: `${alert.rule_title}（${alert.entities.source?.value}）`, level: r.pick(/** @type {const} */ (['general', 'serious', 'urgent'])), opened: now - r.next() * 60 * hour, state: r.pick(/** @type {const} */ (['new', 'in_progress', 'in_progress', 'resolved', 'closed'])), ...(r.next() < 0.6 ? { owner: r.pick(accounts.slice(1, 3)) } : {}) }); }
  }

  /** @type {Source[]} */
  const sources = empty ? [] : devices.map((device, i) => {
    const mine = events.filter((event) => event['shuwei.source'] === device.name);
    const rate = (mine.length / (2 * 86400)) * 900;
    const lastEvent = mine[0];
    const firstEvent = mine[mine.length - 1];
    const drift = device.drift ?? Math.round(r.next() * 10) / 10;
    const zone = Math.abs(drift) > 120 && Math.abs(drift) % 1800 === 0;
    const unparsed = device.pack ? Math.round(r.next() * 8) / 1000 : 1;
    /** @type {Source['conditions']} */
    const conditions = [];
    if (device.proposed) conditions.push('proposed');
    if (device.silent) conditions.push('silent');
    if (zone) conditions.push('zone');
    else if (Math.abs(drift) > 60) conditions.push('clock');
    if (unparsed > 0.05) conditions.push('unrecognised');
    const packRow = packRows.find((row) => row[0] === device.pack);
    /** @type {Source} */
    const source = {
      id: 11 + i, tenant: device.tenant, name: device.proposed ? device.peer : device.name, peer: device.peer, listener: i % 3 === 0 ? 'syslog-udp' : 'syslog-tcp', state: device.silent ? 'silent' : 'active',
      confirmed: !device.proposed, conditions, charset: 'auto',
      silence: { rule: 'learned', after_s: device.silent ? 5400 : 300, usual_pause_s: device.silent ? 1350 : 60, ...(device.silent && lastEvent ? { since: lastEvent['@timestamp'] } : {}), ...(device.silent && alerts[0] ? { alert_id: alerts[0].id } : {}) },
      clock: { verdict: zone ? 'zone' : drift < -60 ? 'behind' : 'right', drift_s: drift, ...(zone ? { zone: 'UTC' } : {}) },
      ...(device.proposed ? { proposal: { name: device.host, kind: device.type, ...(packRow ? { vendor: packRow[1], product: packRow[2], pack: packRow[0], share: 1 - unparsed, bind_pack: true } : {}) } } : { asset: { id: 1 + i, name: device.name } }),
      events_per_second: device.silent ? 0 : Math.round(rate * (0.8 + r.next() * 0.4) * 10) / 10, rate_series: Array.from({ length: 60 }, () => (device.silent ? 0 : Math.round(rate * (0.6 + r.next() * 0.8) * 10) / 10)),
      total: mine.length * 1370, unparsed_share: unparsed, first_seen: '2026-09-15T02:11:09.000000Z', last_seen: lastEvent ? lastEvent['@timestamp'] : stamp(now), ...(firstEvent && device.pack ? { pack: device.pack, pack_bound: !device.proposed && i % 2 === 0 } : {}),
    };
    return source;
  });
  /** @type {import('../src/lib/api/types').Asset[]} */
  const assets = sources.filter((s) => s.asset).map((s) => ({ id: s.asset?.id ?? 0, tenant: s.tenant, name: s.name, addresses: [s.peer], sources: [{ id: s.id, name: s.name }], created: s.first_seen }));
  if (scale === 'many') for (let i = 0; i < 140; i += 1) { const model = /** @type {Source} */ (sources[i % devices.length]); sources.push({ ...model, id: 200 + i, name: `${model.name} ${i + 2}`, peer: `10.99.${i}.7`, state: i % 17 === 0 ? 'silent' : 'active' }); }
  sources.sort((a, b) => (a.state === b.state ? a.name.localeCompare(b.name, 'zh') : a.state === 'silent' ? -1 : 1));

  const matches = new Map(rules.map((rule) => [rule.id, alerts.filter((a) => a.rule_id === rule.id).reduce((n, a) => n + a.count, 0)]));
  /** @type {RuleDetail[]} */
  const ruleDetails = rules.map((rule) => ({
    rule: { id: rule.id, title: rule.title, level: rule.level, status: 'test', kind: rule.kind ?? 'rule', tags: rule.tags, logsource: rule.logsource, author: 'Shuwei', enabled: true, matches: matches.get(rule.id) ?? 0, ...((matches.get(rule.id) ?? 0) > 0 ? { last_match: alerts.filter((a) => a.rule_id === rule.id).map((a) => a.last_seen).sort().pop() } : {}) },
    yaml: rule.yaml, file: `content/rules/${rule.logsource.replace(' / ', '/')}/${rule.id.slice(-4)}.yml`, description: rule.description, false_positives: ['管理员的批量运维脚本'],
  }));
  const packEvents = new Map();
  for (const event of events) if (event['shuwei.pack']) packEvents.set(event['shuwei.pack'], (packEvents.get(event['shuwei.pack']) ?? 0) + 1);
  /** @type {Pack[]} */
  const packs = packRows.map(([name, vendor, product, title_zh, title_en, kind, provenance, count]) => ({ name, version: '1.0', vendor, product, title_zh, title_en, kind, provenance, cases: count, events: (packEvents.get(name) ?? 0) * 1370 }));
  return { events, alerts, cases, timelines, sources, assets, inputKinds, inputs: empty ? [] : makeInputs(stamp, now), rules: ruleDetails, packs, ofEpisode, nextEntry: () => { entryId += 1; return entryId; }, nextSeq: () => { seq += 1; return seq; }, makeEvent, devices, random: r };
}

/** @type {import('../src/lib/api/types').KnowledgeEntry[]} */
export const knowledge = /** @type {const} */ ([
  ['4624', '登录成功', 'An account signed in', '有账户在本机建立了会话。', 'An account opened a session on this machine.', 'informational'],
  ['4625', '登录失败', 'An account failed to sign in', '账户未能登录，失败原因见 SubStatus。', 'The account could not sign in; SubStatus tells why.', 'low'],
]).map(([code, name_zh, name_en, meaning_zh, meaning_en, severity]) => ({
  family: 'windows-security', family_zh: 'Windows 安全日志', family_en: 'Windows Security log', explains: 'event', code, type: 'login', type_zh: '登录', type_en: 'Sign-in', severity, name_zh, name_en, meaning_zh, meaning_en,
  look_zh: '看登录类型、来源地址和同一来源的失败次数。', look_en: 'Look at logon type, source address and the number of failures from it.', conditions: [{ field: 'event.code', values: [code] }],
}));
knowledge.push({ family: 'windows-logon-type', family_zh: 'Windows 登录类型', family_en: 'Windows logon types', explains: 'value', code: '3', type: 'value', type_zh: '字段值', type_en: 'Field values', severity: 'informational', name_zh: '网络', name_en: 'Network', meaning_zh: '访问共享等网络资源。', meaning_en: 'Shares and other network resources.', look_zh: '看来源地址。', look_en: 'Look at the source address.', conditions: [{ field: 'winlog.event_data.LogonType', values: ['3'] }] });

/** The kinds that pages are tried with; the real server names more. */
export const inputKinds = [
  { name: 'syslog', fields: [{ name: 'address', type: 'text', required: true }, { name: 'transports', type: 'choice', required: false, fallback: 'udp_and_tcp', choices: ['udp_and_tcp', 'udp', 'tcp'] }] },
  { name: 'syslog_tls', fields: [{ name: 'address', type: 'text', required: true }, { name: 'certificate', type: 'block', required: true }, { name: 'key', type: 'secret', required: true }, { name: 'client_authorities', type: 'block', required: false }, { name: 'permitted_names', type: 'list', required: false }] },
  { name: 'file', fields: [{ name: 'paths', type: 'paths', required: true }, { name: 'from_start', type: 'flag', required: false, fallback: 'true' }] },
  { name: 'sftp', fields: [{ name: 'host', type: 'text', required: true }, { name: 'port', type: 'integer', required: false, fallback: '22', least: 1, most: 65535 }, { name: 'user', type: 'text', required: true }, { name: 'password', type: 'secret', required: false }, { name: 'folder', type: 'text', required: true }, { name: 'pattern', type: 'text', required: false, fallback: '*' }] },
];
/** @returns {import('../src/lib/api/types').Input[]} */
function makeInputs(/** @type {(at: number) => string} */ stamp, /** @type {number} */ now) {
  const like = { zone: 'Asia/Shanghai', charset: /** @type {const} */ ('auto'), pack: '', secrets: /** @type {string[]} */ ([]), errors: 0, changed: stamp(now - 86_400_000), changed_by: 'admin' };
  return /** @type {import('../src/lib/api/types').Input[]} */ ([
    { ...like, id: 10, tenant: 'hospital', name: 'syslog', kind: 'syslog', settings: { address: '0.0.0.0:5514', transports: 'udp_and_tcp' }, origin: /** @type {const} */ ('file'), state: /** @type {const} */ ('running'), address: '0.0.0.0:5514', events_per_second: 1240.5, total: 88_204_112, sources: 12, last_line: stamp(now - 800), changed_by: 'configuration' },
    { ...like, id: 11, tenant: 'hospital', name: 'branch-tls', kind: 'syslog_tls', settings: { address: '0.0.0.0:6514', certificate: '-----BEGIN CERTIFICATE-----\n…' }, secrets: ['key'], origin: /** @type {const} */ ('people'), state: /** @type {const} */ ('running'), address: '0.0.0.0:6514', last_error: '203.0.113.77:51020: no TLS handshake came', last_error_at: stamp(now - 3_600_000), errors: 3, events_per_second: 31.2, total: 1_204_551, sources: 4, last_line: stamp(now - 2000) },
    { ...like, id: 12, tenant: 'hospital', name: 'waf-archive', kind: 'sftp', settings: { host: '10.20.0.15', port: '22', user: 'logs', folder: '/var/log/waf', pattern: '*.log' }, secrets: ['password'], origin: /** @type {const} */ ('people'), state: /** @type {const} */ ('trouble'), address: 'sftp://10.20.0.15/var/log/waf', last_error: '10.20.0.15: connection refused', last_error_at: stamp(now - 20_000), errors: 14, events_per_second: 0, total: 4_118_220, sources: 1, last_line: stamp(now - 5_400_000) },
    { ...like, id: 13, tenant: 'hospital', name: 'old-firewall', kind: 'syslog', settings: { address: '0.0.0.0:514' }, origin: /** @type {const} */ ('people'), state: /** @type {const} */ ('failed'), last_error: '0.0.0.0:514: address already in use', last_error_at: stamp(now - 6000), errors: 1, events_per_second: 0, total: 0, sources: 0 },
  ]);
}
