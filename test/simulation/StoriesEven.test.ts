// Random stories with even seeds.
import { tellHalf } from "./Stories.ts"

tellHalf(0)
