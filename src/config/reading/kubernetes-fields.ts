import type { Kind } from '../resource/kinds.ts';

/** Field names that Kubernetes has, by path. Below `containers[]` and `volumes` anything is accepted. */
export type KubernetesFields = ReadonlyMap<string, readonly string[]>;

const METADATA = words(`name namespace labels annotations generateName uid resourceVersion generation
  selfLink creationTimestamp ownerReferences finalizers managedFields deletionTimestamp
  deletionGracePeriodSeconds`);
const TOP = words('apiVersion kind metadata spec status');

const POD_SPEC =
  words(`activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy
        enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname
        hostnameOverride imagePullSecrets initContainers nodeName nodeSelector os overhead
        preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy
        runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName
        setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations
        topologySpreadConstraints volumes`);
const CONTAINER = words(`args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports
        readinessProbe resizePolicy resources restartPolicy restartPolicyRules securityContext startupProbe
        stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts
        workingDir`);
const CONTAINER_PORT = words('containerPort hostIP hostPort name protocol');

/** Real fields of the Kubernetes kinds (v1.34), level by level. */
export const KUBERNETES_FIELDS: Partial<Record<Kind, KubernetesFields>> = {
  Namespace: new Map([
    ['', TOP],
    ['spec', ['finalizers']],
  ]),
  ServiceAccount: new Map([
    ['', words('apiVersion kind metadata secrets imagePullSecrets automountServiceAccountToken')],
  ]),
  Service: new Map([
    ['', TOP],
    [
      'spec',
      words(`allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName
        externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy
        loadBalancerClass loadBalancerIP loadBalancerSourceRanges ports publishNotReadyAddresses selector
        sessionAffinity sessionAffinityConfig trafficDistribution type`),
    ],
    ['spec.ports[]', words('appProtocol name nodePort port protocol targetPort')],
  ]),
  Pod: new Map([
    ['', TOP],
    ['spec', POD_SPEC],
    ['spec.containers[]', CONTAINER],
    ['spec.containers[].ports[]', CONTAINER_PORT],
  ]),
  Deployment: new Map([
    ['', TOP],
    [
      'spec',
      words(`minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy
        template`),
    ],
    ['spec.selector', words('matchExpressions matchLabels')],
    ['spec.template', words('metadata spec')],
    ['spec.template.metadata', METADATA],
    ['spec.template.spec', POD_SPEC],
    ['spec.template.spec.containers[]', CONTAINER],
    ['spec.template.spec.containers[].ports[]', CONTAINER_PORT],
  ]),
};

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
