/** What a line of a worker's begins with that reports what no process may do. */
export const reportedAs = 'broken '

/** With this code a worker ends whose store was not there when it started. */
export const tryAgain = 75
