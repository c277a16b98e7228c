// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelOptimization

extension FitReport: CustomStringConvertible {
  /// The summary of the optimization, with the labels of `optsum` in MixedModels.jl.
  ///
  /// Numbers have as many digits as they need to be read back exactly.
  public var description: String {
    var lines = [
      line("Initial parameter vector:", initialParameters.list),
      line("Initial objective value:", initialObjective.text), "",
    ]
    lines += [line("Backend:", backend)]
    lines += optimizerName == TrustRegionNewton().name ? ownSettings : librarySettings
    lines += [
      line("maxfeval:", "\(options.maxEvaluations ?? -1)"),
      line("maxtime:", (options.maxTime ?? -1).text), "",
      line("Function evaluations:", "\(evaluations)"),
      line("xtol_zero_abs:", Self.zeroedParameterBound.text),
      line("ftol_zero_abs:", Self.zeroedObjectiveRise.text),
      line("Final parameter vector:", finalParameters.list),
      line("Final objective value:", finalObjective.text),
      line("Return code:", termination.returnCode),
    ]
    return lines.joined(separator: "\n")
  }

  /// Diagonal entries of a factor below this are made exactly zero after the optimization...
  static let zeroedParameterBound = 1e-3
  /// ... if the objective then rises by no more than this.
  static let zeroedObjectiveRise = 1e-9

  /// Newton's method needs no bounds, no first steps and no tolerance but its own on the reduction
  /// that its model predicts.
  private var ownSettings: [String] {
    let count = finalParameters.count
    return [
      line("Optimizer:", optimizerName),
      line("Lower bounds:", [Double](repeating: -.infinity, count: count).list),
      line("ftol_rel:", options.ftolRelative?.text ?? "predicted reduction"),
      line("ftol_abs:", options.ftolAbsolute?.text ?? "predicted reduction"),
      line("xtol_rel:", (options.xtolRelative ?? 0).text),
      line("xtol_abs:", [Double](repeating: options.xtolAbsolute ?? 0, count: count).list),
      line("initial_step:", "trust region"),
    ]
  }

  private var librarySettings: [String] {
    let count = finalParameters.count
    let tolerance = options.xtolAbsolute ?? OptimizationOptions.standardXtolAbsolute
    // NLopt's full names say whether an algorithm uses derivatives.
    let prefix = backend != "nlopt" ? "" : gradientEvaluations > 0 ? "LD_" : "LN_"
    let steps = options.initialStep ?? initialParameters.map { $0 == 0 ? 1 : 0.75 * abs($0) }
    return [
      line("Optimizer:", prefix + optimizerName.uppercased()),
      line(
        "Lower bounds:",
        (options.lowerBounds ?? [Double](repeating: -.infinity, count: count)).list),
      line(
        "ftol_rel:", (options.ftolRelative ?? OptimizationOptions.standardFtolRelative).text),
      line(
        "ftol_abs:", (options.ftolAbsolute ?? OptimizationOptions.standardFtolAbsolute).text),
      line(
        "xtol_rel:", (options.xtolRelative ?? OptimizationOptions.standardXtolRelative).text),
      line("xtol_abs:", [Double](repeating: tolerance, count: count).list),
      line("initial_step:", steps.list),
    ]
  }

  /// A label and its value, values in one column.
  private func line(_ label: String, _ value: String) -> String {
    label + String(repeating: " ", count: max(1, 26 - label.count)) + value
  }
}

extension [Double] {
  fileprivate var list: String { "[" + map(\.text).joined(separator: ", ") + "]" }
}

extension Double {
  /// The shortest text that reads back as this number, as Julia writes it: with a point always,
  /// and with an exponent below 1e-4 and from 1e6 on.
  fileprivate var text: String {
    guard isFinite else { return isNaN ? "NaN" : self < 0 ? "-Inf" : "Inf" }
    guard self != 0 else { return sign == .minus ? "-0.0" : "0.0" }
    // The standard text has the digits; the point and the exponent are placed anew.
    var digits = ""
    var exponent = 0
    var hasPoint = false
    for character in "\(magnitude)" {
      if character == "e" { break }
      if character == "." {
        hasPoint = true
      } else {
        digits.append(character)
        if !hasPoint { exponent += 1 }
      }
    }
    if let mark = "\(magnitude)".firstIndex(of: "e") {
      exponent += Int("\(magnitude)"[mark...].dropFirst()) ?? 0
    }
    let leading = digits.prefix { $0 == "0" }.count
    digits.removeFirst(leading)
    exponent -= leading
    while digits.last == "0" { digits.removeLast() }
    // The value is now 0.digits times ten to the exponent.
    let text: String
    if exponent < -3 || exponent > 6 {
      let rest = digits.dropFirst()
      text = digits.prefix(1) + "." + (rest.isEmpty ? "0" : rest) + "e\(exponent - 1)"
    } else if exponent <= 0 {
      text = "0." + String(repeating: "0", count: -exponent) + digits
    } else {
      digits += String(repeating: "0", count: max(0, exponent - digits.count))
      let rest = digits.dropFirst(exponent)
      text = digits.prefix(exponent) + "." + (rest.isEmpty ? "0" : rest)
    }
    return sign == .minus ? "-" + text : text
  }
}
