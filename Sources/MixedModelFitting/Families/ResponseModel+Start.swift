// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

extension ResponseModel {
  /// Refuses a response that the family cannot have.
  /// - Parameters:
  ///   - response: n values, already divided by the weights where these count trials or exposures.
  ///   - name: the response as the user wrote it.
  ///   - tableRows: for each value, the index of its row in the data, from zero.
  /// - Throws: ``MixedModelError`` naming the first row and value at fault.
  package static func check(
    _ response: [Double], weights: [Double]?, family: any Family, name: String, tableRows: [Int]
  ) throws(MixedModelError) {
    for i in response.indices {
      guard let problem = family.problem(with: response[i], weight: weights?[i] ?? 1) else {
        continue
      }
      throw .responseOutsideDomain(
        name, value: response[i], rowNumber: tableRows[i] + 1, problem: problem)
    }
  }

  /// Linear predictors at which iterations start, n of them: those of means near the responses.
  ///
  /// Where the link cannot map such a mean (a negative response of a Gaussian model with log
  /// link), the mean is moved towards the average of the responses.
  ///
  /// Source: the `mustart` of R's families.
  /// - Parameter tableRows: for each row, its index in the data, from zero.
  /// - Throws: ``MixedModelError`` if the link cannot map the average either.
  package func startingLinearPredictor(
    tableRows: [Int]
  ) throws(MixedModelError) -> [Double] {
    try Self.startingLinearPredictor(
      family, link, response, weights: weights, tableRows: tableRows)
  }

  /// Opens family and link once for all rows.
  private static func startingLinearPredictor(
    _ family: some Family, _ link: some Link, _ response: [Double], weights: [Double]?,
    tableRows: [Int]
  ) throws(MixedModelError) -> [Double] {
    let average = response.reduce(0, +) / Double(max(response.count, 1))
    var result = response
    for i in response.indices {
      // In the order of the data, rows often repeat the one before.
      if i > 0, response[i] == response[i - 1], weights?[i] == weights?[i - 1] {
        result[i] = result[i - 1]
        continue
      }
      let mean = family.startingMean(response[i], weight: weights?[i] ?? 1)
      guard
        let eta = linearPredictor(mean, family, link)
          ?? linearPredictor(0.5 * (mean + average), family, link)
          ?? linearPredictor(average, family, link)
      else {
        throw .linkWithoutMean(
          link.name, family: family.name, mean: mean, rowNumber: tableRows[i] + 1)
      }
      result[i] = eta
    }
    return result
  }

  /// The linear predictor of a mean, if the link maps it there and back.
  private static func linearPredictor(
    _ mean: Double, _ family: some Family, _ link: some Link
  ) -> Double? {
    guard link.meanRange.contains(mean) else { return nil }
    let eta = link.linearPredictor(mean)
    guard eta.isFinite else { return nil }
    let back = link.mean(eta).value
    return back > family.meanRange.lowerBound && back < family.meanRange.upperBound ? eta : nil
  }
}
