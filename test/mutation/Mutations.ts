// All the mutations that the tests must notice.
import { data } from "./Data.ts"
import { files } from "./Files.ts"
import { homes } from "./Homes.ts"
import { machineDown } from "./MachineDown.ts"
import { machineRules } from "./MachineRules.ts"
import { machineUp } from "./MachineUp.ts"
import type { Mutation } from "./Mutation.ts"
import { programs } from "./Programs.ts"
import { saga } from "./Saga.ts"
import { services } from "./Services.ts"
import { supervision } from "./Supervision.ts"

export const mutations: ReadonlyArray<Mutation> = [...machineUp, ...machineDown, ...machineRules, ...saga, ...supervision, ...homes, ...services, ...files, ...data, ...programs]
