// What people call the kinds of inputs and the things each wants to be told. The server names and checks them; an unnamed one
// is shown by the server's name for it.
import type { Language } from '../time';

interface Words { zh: string; en: string; zh_say?: string; en_say?: string }
interface KindWords extends Words { fields: Record<string, Words> }

const address: Words = { zh: '监听地址', en: 'Listen on', zh_say: '本机地址:端口，例如 0.0.0.0:514', en_say: 'address:port of this machine, such as 0.0.0.0:514' };
const interval: Words = { zh: '间隔（秒）', en: 'Every (seconds)' };
const authorities: Words = { zh: 'CA 证书', en: 'CA certificates', zh_say: 'PEM；留空则用系统信任的 CA', en_say: "PEM; left empty, the machine's own are trusted" };
const clientCertificate: Words = { zh: '客户端证书', en: 'Client certificate', zh_say: 'PEM；对方要求时出示', en_say: 'PEM; shown when the other side asks' };
const clientKey: Words = { zh: '客户端私钥', en: 'Client key', zh_say: 'PEM，无口令', en_say: 'PEM, without a pass phrase' };
const user: Words = { zh: '用户名', en: 'User' };
const password: Words = { zh: '密码', en: 'Password' };
const startFrom: Words = { zh: '首次从哪里读', en: 'Begin with', zh_say: '只在没有保存过位置时起作用', en_say: 'Only where no position has been kept' };
const format: Words = { zh: '消息格式', en: 'Format of a message', zh_say: 'auto：JSON 对象按事件，其余按一行；lines：按行拆开', en_say: 'auto: a JSON object is an event, else a line; lines: split at line ends' };
const host: Words = { zh: '主机', en: 'Host' };
const port: Words = { zh: '端口', en: 'Port' };
const folder: Words = { zh: '目录', en: 'Folder', zh_say: '服务器上的目录，例如 /logs', en_say: 'On the server, such as /logs' };
const pattern: Words = { zh: '文件名', en: 'File names', zh_say: '通配：*.log、access-?.gz', en_say: 'Wildcards: *.log, access-?.gz' };
const after: Words = { zh: '读完之后', en: 'Once read', zh_say: 'leave：留着；rename：改名；delete：删除', en_say: 'leave, rename or delete' };
const suffix: Words = { zh: '改名后缀', en: 'Suffix when renamed' };

const kinds: Record<string, KindWords> = {
  syslog: {
    zh: 'Syslog', en: 'Syslog', zh_say: '设备通过 UDP 或 TCP 发来', en_say: 'Devices send by UDP or TCP',
    fields: { address, transports: { zh: '传输', en: 'Transports' } },
  },
  syslog_tls: {
    zh: 'Syslog over TLS', en: 'Syslog over TLS', zh_say: '加密传输，可要求设备出示证书', en_say: 'Encrypted; devices may be asked for a certificate',
    fields: {
      address,
      certificate: { zh: '服务器证书', en: 'Server certificate', zh_say: 'PEM，连同中间证书', en_say: 'PEM, with its chain' },
      key: { zh: '私钥', en: 'Private key', zh_say: 'PEM，无口令；加密保存，不再显示', en_say: 'PEM without a pass phrase; sealed, never shown again' },
      client_authorities: { zh: '设备证书的 CA', en: 'CA of device certificates', zh_say: '填写后，没有此 CA 所签证书的设备不能连接', en_say: 'Given: devices need a certificate of theirs' },
      permitted_names: { zh: '允许的证书名', en: 'Permitted names', zh_say: '每行一个 CN；留空则都允许', en_say: 'A common name a line; empty: all that verify' },
    },
  },
  relp: {
    zh: 'RELP', en: 'RELP', zh_say: 'rsyslog 可靠传输：落盘后才确认，可加 TLS', en_say: "rsyslog's reliable protocol: acknowledged once on disk, TLS as wanted",
    fields: {
      address: { ...address, zh_say: '本机地址:端口，例如 0.0.0.0:2514', en_say: 'address:port of this machine, such as 0.0.0.0:2514' },
      certificate: { zh: '服务器证书', en: 'Server certificate', zh_say: 'PEM，连同中间证书；留空则不加密', en_say: 'PEM, with its chain; empty: in the clear' },
      key: { zh: '私钥', en: 'Private key', zh_say: 'PEM，无口令；加密保存，不再显示', en_say: 'PEM without a pass phrase; sealed, never shown again' },
      client_authorities: { zh: '设备证书的 CA', en: 'CA of device certificates', zh_say: '填写后，没有此 CA 所签证书的设备不能连接', en_say: 'Given: devices need a certificate of theirs' },
      permitted_names: { zh: '允许的证书名', en: 'Permitted names', zh_say: '每行一个 CN；留空则都允许', en_say: 'A common name a line; empty: all that verify' },
    },
  },
  snmp_trap: {
    zh: 'SNMP Trap', en: 'SNMP traps', zh_say: 'v1、v2c、v3，Inform 会应答', en_say: 'v1, v2c, v3; informs are answered',
    fields: {
      address: { ...address, zh_say: '本机地址:UDP 端口，通常 162', en_say: 'address:UDP port, usually 162' },
      communities: { zh: '团体名', en: 'Communities', zh_say: 'v1/v2c，每行一个', en_say: 'v1 and v2c, one a line' },
      users: { zh: 'v3 用户', en: 'v3 users', zh_say: '每行：用户名 认证算法 认证口令 加密算法 加密口令', en_say: 'A line: name auth-protocol auth-password priv-protocol priv-password' },
      mib_folders: { zh: 'MIB 目录', en: 'MIB folders', zh_say: '其中的 MIB 文件会被读取，用来显示名称', en_say: 'MIB files in them give the names' },
    },
  },
  file: {
    zh: '本机文件', en: 'Files of this machine', zh_say: '跟随增长、轮转、截断', en_say: 'Followed as they grow, rotate, are cut',
    fields: {
      paths: { zh: '路径', en: 'Paths', zh_say: '每行一个，可用通配：/var/log/nginx/*.log', en_say: 'One a line, wildcards allowed: /var/log/nginx/*.log' },
      from_start: { zh: '从头读起', en: 'From the beginning', zh_say: '首次启动时已有的文件', en_say: 'Of files that are there at the first start' },
      records: { zh: '一条记录', en: 'A record is', zh_say: '多行的记录如何合并', en_say: 'How lines are put together' },
      record_beginning: { zh: '记录首行', en: 'First line of a record', zh_say: '正则表达式：匹配的行开始一条新记录', en_say: 'Expression: a line that matches begins a record' },
    },
  },
  ftp: {
    zh: 'FTP / FTPS 拉取', en: 'FTP / FTPS', zh_say: '定时取走服务器上的日志文件', en_say: 'Fetches log files of a server',
    fields: { host, port, tls: { zh: '加密', en: 'TLS', zh_say: 'explicit：FTPES；implicit：990 端口；none：不加密', en_say: 'explicit, implicit (port 990) or none' }, authorities, user, password, folder, pattern, interval, after, renamed_suffix: suffix },
  },
  sftp: {
    zh: 'SFTP 拉取', en: 'SFTP', zh_say: '经 SSH 定时取走服务器上的日志文件', en_say: 'Fetches log files of a server over SSH',
    fields: {
      host, port,
      host_key: { zh: '主机密钥', en: 'Host key', zh_say: '先测试，会显示所遇到的指纹，核对后填入', en_say: 'Test first: it shows the fingerprint met; put it here once checked' },
      user, password, private_key: { zh: '私钥', en: 'Private key', zh_say: 'PEM 或 OpenSSH 格式；与密码二选一', en_say: 'PEM or OpenSSH; instead of a password' }, folder, pattern, interval, after, renamed_suffix: suffix,
    },
  },
  odbc: {
    zh: '数据库', en: 'Database', zh_say: '定时查询审计表等（ODBC）', en_say: 'Polls audit tables and the like (ODBC)',
    fields: {
      connection: { zh: '连接串', en: 'Connection string', zh_say: '不含密码，例如 Driver=MariaDB Unicode;Server=10.0.0.5;Database=audit;Uid=reader', en_say: 'Without the password: Driver=MariaDB Unicode;Server=10.0.0.5;Database=audit;Uid=reader' },
      password,
      query: { zh: '查询', en: 'Query', zh_say: '游标处写 ?：SELECT id, at, who FROM audit WHERE id > ? ORDER BY id', en_say: 'With ? for the cursor: SELECT id, at, who FROM audit WHERE id > ? ORDER BY id' },
      cursor: { zh: '游标列', en: 'Cursor column', zh_say: '随新行增大的列', en_say: 'A column that rises with new rows' },
      cursor_type: { zh: '游标类型', en: 'Cursor type' },
      start: { zh: '起始值', en: 'First value', zh_say: '第一次从大于它的行读起', en_say: 'The first time, rows beyond it' },
      timeout: { zh: '查询超时（秒）', en: 'Time-out (seconds)' },
      interval, rows: { zh: '每次行数', en: 'Rows at a time' },
    },
  },
  kafka: {
    zh: 'Kafka', en: 'Kafka', zh_say: '消费主题，落盘后才提交位移', en_say: 'Offsets are committed for what is on disk',
    fields: {
      brokers: { zh: '服务器', en: 'Brokers', zh_say: '每行一个 主机:端口', en_say: 'host:port, one a line' },
      topics: { zh: '主题', en: 'Topics', zh_say: '每行一个；^ 开头为正则', en_say: 'One a line; an expression begins with ^' },
      group: { zh: '消费组', en: 'Consumer group' }, start_from: startFrom, format,
      source: { zh: '数据源名', en: 'Source named by' },
      security: { zh: '安全协议', en: 'Security' }, sasl_mechanism: { zh: 'SASL 机制', en: 'SASL mechanism' }, user, password, authorities, certificate: clientCertificate, key: clientKey,
    },
  },
  nats: {
    zh: 'NATS JetStream', en: 'NATS JetStream', zh_say: '持久消费者，落盘后才确认', en_say: 'A durable consumer; acknowledged once on disk',
    fields: {
      servers: { zh: '服务器', en: 'Servers', zh_say: '每行一个：nats://主机:4222', en_say: 'One a line: nats://host:4222' },
      stream: { zh: '流', en: 'Stream' }, subject: { zh: '主题过滤', en: 'Subject filter' }, durable: { zh: '消费者名', en: 'Durable name' }, start_from: startFrom, format, user, password,
      token: { zh: '令牌', en: 'Token' }, credentials: { zh: '凭据文件内容', en: 'Credentials', zh_say: '.creds 文件的内容', en_say: 'Content of a .creds file' },
      nkey: { zh: 'NKey 公钥', en: 'NKey' }, nkey_seed: { zh: 'NKey 种子', en: 'NKey seed' },
      tls: { zh: '使用 TLS', en: 'TLS' }, authorities, certificate: clientCertificate, key: clientKey,
    },
  },
};

const shown = (words: Words | undefined, name: string, language: Language): { name: string; say?: string } => {
  const say = language === 'zh' ? words?.zh_say : words?.en_say;
  return { name: words?.[language] ?? name, ...(say ? { say } : {}) };
};
export const kindText = (kind: string, language: Language): { name: string; say?: string } => shown(kinds[kind], kind, language);
export const fieldText = (kind: string, field: string, language: Language): { name: string; say?: string } => shown(kinds[kind]?.fields[field], field, language);
