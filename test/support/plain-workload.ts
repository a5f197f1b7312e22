/** A Service on port 80 and its Deployment, both of one name, with an account of that name; ends with `---`. */
export function plainWorkload(name: string): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { serviceAccountName: ${name}, containers: [{ name: app, image: app }] }
---
`;
}

/** A plaintext gateway for every host; ends with `---`. */
export const openGateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
`;

/** It, and a VirtualService that takes everything to the workload `app`; ends with `---`. */
export const gatewayToApp = `${openGateway}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: app }
spec: { hosts: ["*"], gateways: [edge], http: [{ route: [{ destination: { host: app } }] }] }
---
`;
