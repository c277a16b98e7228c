// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A kernel that evaluates many rows at once, in loops that compile to vector instructions.
///
/// The link is the canonical one and there is no parameter, so that the expected information is the
/// observed one.
protocol BatchKernel: RowKernel {
  /// Writes the varying parts of some rows, and their derivatives if wanted, for unit weight.
  /// - Returns: whether all linear predictors are in the range for that; if not, what was written is
  ///   not valid.
  func fill(
    _ batch: RowBatch, eta: UnsafePointer<Double>, y: UnsafePointer<Double>, count: Int,
    withDerivatives: Bool
  ) -> Bool
}

/// Columns for the rows of one batch.
struct RowBatch {
  /// Few enough rows that their columns stay in the nearest cache.
  static let rowCount = 128

  let values: UnsafeMutablePointer<Double>
  let score: UnsafeMutablePointer<Double>
  let information: UnsafeMutablePointer<Double>
  let informationSlope: UnsafeMutablePointer<Double>
}

extension BatchKernel {
  func evaluate(
    _ rows: KernelRows, _ request: ResponseRequest, into columns: ResponseColumns
  ) -> Double {
    guard let eta = rows.eta.baseAddress, let y = rows.y.baseAddress else { return 0 }
    let size = RowBatch.rowCount
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * size) { scratch in
      guard let scratch = scratch.baseAddress else { return .nan }
      let batch = RowBatch(
        values: scratch, score: scratch + size, information: scratch + 2 * size,
        informationSlope: scratch + 3 * size)
      var sum = 0.0
      for first in stride(from: 0, to: rows.eta.count, by: size) {
        let count = min(size, rows.eta.count - first)
        let isFilled = fill(
          batch, eta: eta + first, y: y + first, count: count,
          withDerivatives: request.order > .value)
        if !isFilled { fillByRows(batch, rows, first: first, count: count) }
        sum += store(batch, rows, request, columns, first: first, count: count)
      }
      return sum
    }
  }

  private func fillByRows(_ batch: RowBatch, _ rows: KernelRows, first: Int, count: Int) {
    for i in 0..<count {
      let row = derivatives(rows.eta[first + i], rows.y[first + i], rows.parameter)
      batch.values[i] = row.value
      batch.score[i] = row.score
      batch.information[i] = row.information
      batch.informationSlope[i] = row.informationSlope
    }
  }

  /// Stores the columns that the request asks for, times the weights.
  /// - Returns: the weighted sum of the values.
  private func store(
    _ batch: RowBatch, _ rows: KernelRows, _ request: ResponseRequest, _ columns: ResponseColumns,
    first: Int, count: Int
  ) -> Double {
    // An empty buffer may have an address, too.
    let weights = rows.weights.isEmpty ? nil : rows.weights.baseAddress.map { $0 + first }
    func store(_ source: UnsafePointer<Double>, _ column: UnsafeMutableBufferPointer<Double>) {
      guard let column = column.baseAddress else { return }
      let target = column + first
      if let weights {
        for i in 0..<count { target[i] = weights[i] * source[i] }
      } else {
        target.update(from: source, count: count)
      }
    }
    if request.order > .value {
      store(batch.score, columns.score)
      store(batch.information, columns.information)
      if request.information == .expected { store(batch.information, columns.expectedInformation) }
      if request.order == .gradient { store(batch.informationSlope, columns.informationSlope) }
    }
    if request.storesRowValues { store(batch.values, columns.rowValues) }
    return sum(batch.values, weights, count: count)
  }

  /// In two partial sums, which do not wait for each other.
  private func sum(
    _ values: UnsafePointer<Double>, _ weights: UnsafePointer<Double>?, count: Int
  ) -> Double {
    var (even, odd) = (0.0, 0.0)
    var i = 0
    while i + 2 <= count {
      even += values[i] * (weights?[i] ?? 1)
      odd += values[i + 1] * (weights?[i + 1] ?? 1)
      i += 2
    }
    if i < count { even += values[i] * (weights?[i] ?? 1) }
    return even + odd
  }
}
