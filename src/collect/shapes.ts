import type { Shape } from "./shape.ts";

/**
 * The shapes that our code relies on, per kind. Only fields that are read somewhere are named: the API server has validated the rest, and a dump may
 * hold newer fields.
 */
const LABEL_SELECTOR: Shape = {
  matchLabels: "map",
  matchExpressions: [{ key: "string", operator: "string", values: ["string"] }],
};
const OBJECT_REFERENCE: Shape = { kind: "string", name: "string", namespace: "string", uid: "string" };
const CONDITIONS: Shape = [
  { type: "string", status: "string", reason: "string", message: "string", lastTransitionTime: "string" },
];
export const METADATA: Shape = {
  name: "string",
  namespace: "string",
  uid: "string",
  generateName: "string",
  resourceVersion: "string",
  creationTimestamp: "string",
  deletionTimestamp: "string",
  generation: "number",
  labels: "map",
  annotations: "map",
  finalizers: ["string"],
  ownerReferences: [{ kind: "string", name: "string", uid: "string", controller: "boolean" }],
};

const HANDLER: { readonly [field: string]: Shape } = {
  httpGet: { path: "string", port: "int-or-string", host: "string", scheme: "string", httpHeaders: ["object"] },
  tcpSocket: { port: "int-or-string", host: "string" },
  grpc: { port: "number", service: "string" },
  exec: { command: ["string"] },
};
const PROBE: Shape = {
  ...HANDLER,
  initialDelaySeconds: "number",
  periodSeconds: "number",
  timeoutSeconds: "number",
  successThreshold: "number",
  failureThreshold: "number",
};
const CONTAINER: Shape = {
  name: "string",
  image: "string",
  imagePullPolicy: "string",
  restartPolicy: "string",
  command: ["string"],
  args: ["string"],
  ports: [{ name: "string", containerPort: "number", hostPort: "number", protocol: "string" }],
  env: ["object"],
  envFrom: ["object"],
  volumeMounts: ["object"],
  resources: { limits: "quantities", requests: "quantities" },
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  lifecycle: { preStop: HANDLER, postStart: HANDLER },
  securityContext: "object",
};
const POD_SPEC: Shape = {
  nodeName: "string",
  hostNetwork: "boolean",
  dnsPolicy: "string",
  restartPolicy: "string",
  schedulerName: "string",
  serviceAccountName: "string",
  hostname: "string",
  subdomain: "string",
  containers: [CONTAINER],
  initContainers: [CONTAINER],
  ephemeralContainers: [CONTAINER],
  readinessGates: [{ conditionType: "string" }],
  schedulingGates: [{ name: "string" }],
  imagePullSecrets: [{ name: "string" }],
  tolerations: [{ key: "string", operator: "string", value: "string", effect: "string" }],
  topologySpreadConstraints: ["object"],
  nodeSelector: "map",
  affinity: "object",
  volumes: ["object"],
  dnsConfig: { nameservers: ["string"], searches: ["string"], options: ["object"] },
  securityContext: "object",
  terminationGracePeriodSeconds: "number",
};
const STATE: Shape = {
  waiting: { reason: "string", message: "string" },
  running: { startedAt: "string" },
  terminated: { exitCode: "number", signal: "number", reason: "string", message: "string", finishedAt: "string" },
};
const CONTAINER_STATUS: Shape = {
  name: "string",
  ready: "boolean",
  started: "boolean",
  restartCount: "number",
  image: "string",
  imageID: "string",
  state: STATE,
  lastState: STATE,
};
const TEMPLATE: Shape = { metadata: { labels: "map", annotations: "map" }, spec: POD_SPEC };
const WORKLOAD: Shape = {
  spec: { replicas: "number", selector: LABEL_SELECTOR, template: TEMPLATE, paused: "boolean", strategy: "object" },
  status: { conditions: CONDITIONS, observedGeneration: "number", replicas: "number", readyReplicas: "number" },
};
const PORT: Shape = {
  name: "string",
  port: "number",
  targetPort: "int-or-string",
  nodePort: "number",
  protocol: "string",
  appProtocol: "string",
};
const LOAD_BALANCER: Shape = { loadBalancer: { ingress: [{ ip: "string", hostname: "string" }] } };
const BACKEND: Shape = {
  service: { name: "string", port: { number: "number", name: "string" } },
  resource: "object",
};
const PEERS: Shape = [
  {
    podSelector: LABEL_SELECTOR,
    namespaceSelector: LABEL_SELECTOR,
    ipBlock: { cidr: "string", except: ["string"] },
  },
];
const POLICY_PORTS: Shape = [{ port: "int-or-string", endPort: "number", protocol: "string" }];

/** By kind; kinds that are not here have only their metadata checked. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  Pod: {
    spec: POD_SPEC,
    status: {
      phase: "string",
      reason: "string",
      message: "string",
      podIP: "string",
      hostIP: "string",
      startTime: "string",
      podIPs: [{ ip: "string" }],
      conditions: CONDITIONS,
      containerStatuses: [CONTAINER_STATUS],
      initContainerStatuses: [CONTAINER_STATUS],
      ephemeralContainerStatuses: [CONTAINER_STATUS],
    },
  },
  Service: {
    spec: {
      type: "string",
      clusterIP: "string",
      clusterIPs: ["string"],
      ipFamilies: ["string"],
      ipFamilyPolicy: "string",
      externalName: "string",
      externalIPs: ["string"],
      externalTrafficPolicy: "string",
      internalTrafficPolicy: "string",
      loadBalancerClass: "string",
      loadBalancerIP: "string",
      loadBalancerSourceRanges: ["string"],
      healthCheckNodePort: "number",
      publishNotReadyAddresses: "boolean",
      sessionAffinity: "string",
      selector: "map",
      ports: [PORT],
    },
    status: { ...LOAD_BALANCER, conditions: CONDITIONS },
  },
  Endpoints: {
    subsets: [
      {
        addresses: [{ ip: "string", nodeName: "string", targetRef: OBJECT_REFERENCE }],
        notReadyAddresses: [{ ip: "string", nodeName: "string", targetRef: OBJECT_REFERENCE }],
        ports: [{ name: "string", port: "number", protocol: "string" }],
      },
    ],
  },
  EndpointSlice: {
    addressType: "string",
    ports: [{ name: "string", port: "number", protocol: "string", appProtocol: "string" }],
    endpoints: [
      {
        addresses: ["string"],
        conditions: { ready: "boolean", serving: "boolean", terminating: "boolean" },
        hostname: "string",
        nodeName: "string",
        zone: "string",
        targetRef: OBJECT_REFERENCE,
      },
    ],
  },
  Node: {
    spec: {
      providerID: "string",
      unschedulable: "boolean",
      podCIDR: "string",
      podCIDRs: ["string"],
      taints: [{ key: "string", value: "string", effect: "string" }],
    },
    status: {
      addresses: [{ type: "string", address: "string" }],
      conditions: CONDITIONS,
      allocatable: "quantities",
      capacity: "quantities",
      nodeInfo: "object",
    },
  },
  Event: {
    involvedObject: OBJECT_REFERENCE,
    reason: "string",
    message: "string",
    type: "string",
    count: "number",
    firstTimestamp: "string",
    lastTimestamp: "string",
    eventTime: "string",
    series: { count: "number", lastObservedTime: "string" },
    source: { component: "string", host: "string" },
  },
  Deployment: WORKLOAD,
  ReplicaSet: WORKLOAD,
  StatefulSet: WORKLOAD,
  DaemonSet: WORKLOAD,
  Job: WORKLOAD,
  Namespace: { status: { phase: "string", conditions: CONDITIONS } },
  ConfigMap: { data: "map", binaryData: "map" },
  Secret: { type: "string", data: "map" },
  NetworkPolicy: {
    spec: {
      podSelector: LABEL_SELECTOR,
      policyTypes: ["string"],
      ingress: [{ from: PEERS, ports: POLICY_PORTS }],
      egress: [{ to: PEERS, ports: POLICY_PORTS }],
    },
  },
  ValidatingWebhookConfiguration: {
    webhooks: [
      {
        name: "string",
        failurePolicy: "string",
        clientConfig: { service: { namespace: "string", name: "string", port: "number" } },
        namespaceSelector: LABEL_SELECTOR,
        rules: [{ apiGroups: ["string"], resources: ["string"], operations: ["string"] }],
      },
    ],
  },
  Ingress: {
    spec: {
      ingressClassName: "string",
      defaultBackend: BACKEND,
      tls: [{ hosts: ["string"], secretName: "string" }],
      rules: [{ host: "string", http: { paths: [{ path: "string", pathType: "string", backend: BACKEND }] } }],
    },
    status: LOAD_BALANCER,
  },
  IngressClass: { spec: { controller: "string", parameters: "object" } },
};
