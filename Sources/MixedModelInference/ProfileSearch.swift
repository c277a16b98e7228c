// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import RealModule

/// Walks along the profile of one parameter: to where its deviance is a given one, and over a grid.
struct ProfileSearch {
  /// Where an interval ends on one side.
  enum Limit {
    case reached(ProfilePoint)
    /// There is none, and why.
    case absent(String)
  }

  private var path: any ProfilePath
  /// The values that the parameter can have, ends left out where `nil`.
  private let lowest: Double?
  private let highest: Double?
  /// This near to an end is at it.
  private let margin: Double
  let minimum: ProfilePoint
  private let standardError: Double

  /// The search ends this near to the deviance wanted.
  private static let devianceTolerance = 1e-7
  private static let relativeNoise = 1e-10
  /// This share of the estimate, or of one for a correlation, counts as the boundary itself.
  private static let boundaryShare = 1e-3
  /// A standard error beyond this tells nothing of a correlation.
  private static let longestCorrelationStep = 0.3
  private static let largestCount = 40
  private static let largestFailureCount = 5

  init(_ path: any ProfilePath, of quantity: BootstrapQuantity) {
    self.path = path
    minimum = path.minimum
    var error = path.standardError
    switch quantity {
    case .standardDeviation, .residualStandardDeviation, .sizeParameter:
      lowest = Self.boundaryShare * minimum.value
      highest = nil
      margin = 9 * Self.boundaryShare * minimum.value
    case .correlation:
      lowest = -1 + Self.boundaryShare
      highest = 1 - Self.boundaryShare
      margin = Self.boundaryShare
      error = min(error, Self.longestCorrelationStep)
    default:
      lowest = nil
      highest = nil
      margin = 0
    }
    standardError = error
  }

  /// The signed square root of the rise of the deviance.
  func zeta(_ point: ProfilePoint) -> Double {
    let root = max(0, point.deviance - minimum.deviance).squareRoot()
    return point.value < minimum.value ? -root : root
  }

  /// Where zeta is `z`, by Newton's method within a bracket.
  mutating func limit(at z: Double) throws(MixedModelError) -> Limit {
    let side = z < 0 ? -1.0 : 1
    guard hasRoom(side) else { return .absent("the estimate is at the boundary") }
    var inside = minimum
    var outside: ProfilePoint?
    // The nearer a minimization starts, the nearer to the value wanted it ends.
    var last = minimum
    // Below this, deviances differ by what minimizations leave undone.
    let tolerance = max(Self.devianceTolerance, Self.relativeNoise * abs(minimum.deviance))
    var next = minimum.value + z * standardError
    var failureCount = 0
    for _ in 0..<Self.largestCount {
      next = confined(next, after: inside.value)
      guard let point = try path.point(near: next, from: last) else {
        failureCount += 1
        if failureCount > Self.largestFailureCount { break }
        next = (next + inside.value) / 2
        last = inside
        continue
      }
      last = point
      let root = side * zeta(point)
      if abs(root * root - z * z) < tolerance { return .reached(point) }
      if root < abs(z) {
        if isAtBoundary(point.value, side) {
          return .absent("the profile does not fall off enough before the boundary")
        }
        inside = point
      } else {
        outside = point
      }
      next = step(from: point, to: z, inside: inside.value, outside: outside?.value)
    }
    return .absent("the profile is too flat or too rough to end")
  }

  /// Points of the profile from the minimum to zeta `z`, about evenly spaced in zeta, or as far as it
  /// goes; the minimum is not among them.
  mutating func points(to z: Double, count: Int) throws(MixedModelError) -> [ProfilePoint] {
    let side = z < 0 ? -1.0 : 1
    guard hasRoom(side) else { return [] }
    var points: [ProfilePoint] = []
    var last = minimum
    for number in 1...max(1, count) {
      let target = z * Double(number) / Double(count)
      let next =
        points.isEmpty
        ? minimum.value + target * standardError
        : step(from: last, to: target, inside: last.value, outside: nil)
      guard let point = try path.point(near: confined(next, after: last.value), from: last),
        side * (point.value - last.value) > 0
      else { break }
      points.append(point)
      last = point
      if isAtBoundary(point.value, side) { break }
    }
    return points
  }

  private func step(
    from point: ProfilePoint, to z: Double, inside: Double, outside: Double?
  ) -> Double {
    let distance = point.value - minimum.value
    let root = zeta(point)
    var next = root == 0 ? .nan : point.value + (z - root) * 2 * root / point.slope
    if let outside {
      let isBetween = (next - inside) * (next - outside) < 0
      return isBetween ? next : (inside + outside) / 2
    }
    // A slope that vanishes, or has the wrong sign, says only that the way is long.
    let furthest = point.value + 3 * (distance == 0 ? z * standardError : distance)
    let isForward = z < 0 ? next < point.value : next > point.value
    if !isForward || abs(next - point.value) > abs(furthest - point.value) { next = furthest }
    return next
  }

  /// A value no nearer to a boundary than counts as the boundary, which is approached in steps.
  private func confined(_ value: Double, after inside: Double) -> Double {
    if let lowest, value <= lowest { return max(lowest, lowest + (inside - lowest) / 5) }
    if let highest, value >= highest { return highest - max(0, (highest - inside) / 5) }
    return value
  }

  private func hasRoom(_ side: Double) -> Bool {
    !isAtBoundary(minimum.value, side) && (side > 0 || lowest.map { minimum.value > $0 } ?? true)
  }

  private func isAtBoundary(_ value: Double, _ side: Double) -> Bool {
    if side < 0, let lowest { return value <= lowest + margin }
    if side > 0, let highest { return value >= highest - margin }
    return false
  }
}
