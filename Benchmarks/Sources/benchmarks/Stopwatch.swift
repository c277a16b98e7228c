// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Processor and wall-clock time of one call, in seconds.
struct Timing: Codable, Sendable {
  /// The median over the samples of processor time, user and system, of all threads.
  let cpu: Double
  /// The least sample of processor time.
  let leastCPU: Double
  /// The median of wall-clock time.
  let wall: Double
  let calls: Int
}

/// Times calls with the clocks of the operating system, which resolve nanoseconds.
enum Stopwatch {
  /// A sample lasts at least this long, so that reading the clocks costs nothing beside it.
  private static let leastSample = 1e-3
  private static let largestSampleCount = 101

  /// Calls `body` until the budget is spent, and at least twice. The first call, which also fills
  /// caches, is not counted if there are others.
  static func time(budget: Double, _ body: () throws -> Void) rethrows -> Timing {
    let begin = seconds(CLOCK_MONOTONIC)
    try body()
    let first = seconds(CLOCK_MONOTONIC) - begin
    let callsPerSample = max(1, Int((leastSample / max(first, 1e-9)).rounded(.up)))
    var cpu: [Double] = []
    var wall: [Double] = []
    repeat {
      let wallStart = seconds(CLOCK_MONOTONIC)
      let cpuStart = seconds(CLOCK_PROCESS_CPUTIME_ID)
      for _ in 0..<callsPerSample { try body() }
      cpu.append((seconds(CLOCK_PROCESS_CPUTIME_ID) - cpuStart) / Double(callsPerSample))
      wall.append((seconds(CLOCK_MONOTONIC) - wallStart) / Double(callsPerSample))
    } while cpu.count < largestSampleCount && seconds(CLOCK_MONOTONIC) - begin < budget
    return Timing(
      cpu: median(cpu), leastCPU: cpu.min() ?? .nan, wall: median(wall),
      calls: callsPerSample * cpu.count)
  }

  /// The processor time of the process and the time on the wall, in seconds from some moment on.
  static func now() -> (cpu: Double, wall: Double) {
    (seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC))
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  }
}
