/** Documents of a mesh of many teams, each seeing its own services: five resources for each application. */
export function meshDocuments(count: number): string[] {
  const documents: string[] = [];
  for (let i = 0; documents.length < count; i++) {
    const team = `team-${Math.floor(i / TEAM)}`;
    for (const write of WRITERS) documents.push(write(`app-${i}`, team));
  }
  return documents.slice(0, count);
}

/** As files of a hundred resources, which people still read. */
export function meshFiles(count: number): string[] {
  const documents = meshDocuments(count);
  return Array.from({ length: Math.ceil(count / FILE) }, (_, i) =>
    documents.slice(i * FILE, (i + 1) * FILE).join('---\n'),
  );
}

/** Applications of a team. */
const TEAM = 20;
/** Resources of a file. */
const FILE = 100;

type Writer = (app: string, team: string) => string;

const service: Writer = (app, team) => `apiVersion: v1
kind: Service
metadata:
  name: ${app}
  namespace: ${team}
  annotations:
    networking.istio.io/exportTo: "."
spec:
  selector:
    app: ${app}
  ports:
    - name: http
      port: 9080
      targetPort: 9080
`;

const deployment: Writer = (app, team) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${app}-v1
  namespace: ${team}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${app}
      version: v1
  template:
    metadata:
      labels:
        app: ${app}
        version: v1
    spec:
      serviceAccountName: ${app}
      containers:
        - name: main
          image: example.com/${app}:1
          ports:
            - name: http
              containerPort: 9080
`;

const virtualService: Writer = (app, team) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${app}
  namespace: ${team}
spec:
  hosts:
    - ${app}
  exportTo: ["."]
  http:
    - match:
        - headers:
            end-user:
              exact: jason
          uri:
            prefix: /reviews/
      timeout: 6s
      retries:
        attempts: 2
        perTryTimeout: 2s
        retryOn: 5xx
      route:
        - destination:
            host: ${app}
            subset: v1
    - route:
        - destination:
            host: ${app}
            subset: v1
          weight: 100
`;

const destinationRule: Writer = (app, team) => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ${app}
  namespace: ${team}
spec:
  host: ${app}
  trafficPolicy:
    loadBalancer:
      simple: LEAST_REQUEST
    connectionPool:
      http:
        http2MaxRequests: 100
  subsets:
    - name: v1
      labels:
        version: v1
`;

const authorizationPolicy: Writer = (app, team) => `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: ${app}
  namespace: ${team}
spec:
  selector:
    matchLabels:
      app: ${app}
  action: ALLOW
  rules:
    - from:
        - source:
            principals: ["cluster.local/ns/${team}/sa/${app}-client"]
      to:
        - operation:
            methods: ["GET"]
            paths: ["/reviews/*"]
`;

const WRITERS: readonly Writer[] = [
  service,
  deployment,
  virtualService,
  destinationRule,
  authorizationPolicy,
];
