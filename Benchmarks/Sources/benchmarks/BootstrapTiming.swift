// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The time of a replicate of a parametric bootstrap: a response is simulated, and the model fitted
/// to it.
enum BootstrapTiming {
  /// Each timing is the least of so many, which other work of the machine disturbs the least.
  private static let repetitionCount = 5

  /// A line for each number of threads: microseconds of processor and of wall-clock time per
  /// replicate.
  static func lines(_ benchmark: BenchmarkCase, replicateCount: Int) async throws -> [String] {
    guard let model = try benchmark.problem(benchmark.table()).fit() as? LinearMixedModel else {
      return ["The model is not linear."]
    }
    var least: [Int: (cpu: Double, wall: Double)] = [:]
    for _ in 0..<repetitionCount {
      // In turns, so that all see the same load of the machine.
      for threads in [1, 2] {
        let start = Stopwatch.now()
        _ = try await model.parametricBootstrap(
          replicates: replicateCount, seed: 1, threads: threads)
        let end = Stopwatch.now()
        let known = least[threads, default: (.infinity, .infinity)]
        least[threads] = (
          min(known.cpu, end.cpu - start.cpu), min(known.wall, end.wall - start.wall)
        )
      }
    }
    return least.sorted { $0.key < $1.key }.map { threads, times in
      "threads \(threads): processor \(perReplicate(times.cpu, replicateCount)) µs, "
        + "wall \(perReplicate(times.wall, replicateCount)) µs"
    }
  }

  private static func perReplicate(_ seconds: Double, _ count: Int) -> Double {
    (1e8 * seconds / Double(count)).rounded() / 100
  }
}
