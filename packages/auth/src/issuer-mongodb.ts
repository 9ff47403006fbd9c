export { mongodbIssuerStore } from './issuer/store/mongodb.ts'
