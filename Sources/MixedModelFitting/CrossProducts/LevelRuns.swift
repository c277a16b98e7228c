// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The runs of rows of one level, where rows stand mostly next to others of theirs.
///
/// A sum over levels that adds to memory row by row then waits at each row for the sum that the row
/// before has stored: several times the time of the addition.
struct LevelRuns: Sendable {
  /// The first row of each run; one past the end closes the list.
  private let starts: [Int32]
  /// The level of each run.
  private let codes: [Int32]

  /// Runs shorter than this on average are no gain.
  private static let leastLength = 4

  /// - Returns: `nil` if most runs are short.
  init?(_ levelCodes: [Int32]) {
    var runCount = levelCodes.isEmpty ? 0 : 1
    for (code, next) in zip(levelCodes, levelCodes.dropFirst()) where code != next {
      runCount += 1
    }
    guard runCount * Self.leastLength <= levelCodes.count else { return nil }
    var starts: [Int32] = []
    var codes: [Int32] = []
    starts.reserveCapacity(runCount + 1)
    codes.reserveCapacity(runCount)
    for (row, code) in levelCodes.enumerated() where codes.last != code {
      starts.append(Int32(row))
      codes.append(code)
    }
    starts.append(Int32(levelCodes.count))
    self.starts = starts
    self.codes = codes
  }

  /// Adds each row's value to the sum of its level.
  func add(_ x: UnsafePointer<Double>, to sums: UnsafeMutablePointer<Double>) {
    for (run, code) in codes.enumerated() {
      var row = Int(starts[run])
      let end = Int(starts[run + 1])
      // Four partial sums, which do not wait for each other.
      var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
      while row + 4 <= end {
        s0 += x[row]
        s1 += x[row + 1]
        s2 += x[row + 2]
        s3 += x[row + 3]
        row += 4
      }
      while row < end {
        s0 += x[row]
        row += 1
      }
      sums[Int(code)] += (s0 + s1) + (s2 + s3)
    }
  }
}
