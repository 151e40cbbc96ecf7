// Random stories with odd seeds.
import { tellHalf } from "./Stories.ts"

tellHalf(1)
